using k8s.Models;
using AeroGrid.Node.Controllers.Deployments;

namespace AeroGrid.Node.Tests.Controllers.Deployments;

public sealed class PodTemplatesTests
{
    [Fact]
    public void A_template_is_the_same_with_the_hash_among_its_labels()
    {
        var template = Objects.Template();
        PodTemplates.Canonical(PodTemplates.WithHash(template, "abc")).ShouldBe(PodTemplates.Canonical(template));
    }

    [Fact]
    public void Empty_members_make_no_difference()
    {
        var template = Objects.Template();
        var other = template with { Spec = template.Spec with { Volumes = [], NodeSelector = new Dictionary<string, string>() } };
        PodTemplates.Canonical(other).ShouldBe(PodTemplates.Canonical(template));
        PodTemplates.Hash(other, null).ShouldBe(PodTemplates.Hash(template, 0));
    }

    [Fact]
    public void Another_image_or_a_collision_gives_another_hash()
    {
        var hash = PodTemplates.Hash(Objects.Template("app:1"), null);
        hash.Length.ShouldBe(10);
        PodTemplates.Hash(Objects.Template("app:2"), null).ShouldNotBe(hash);
        PodTemplates.Hash(Objects.Template("app:1"), 1).ShouldNotBe(hash);
    }

    [Fact]
    public void The_order_of_a_list_makes_a_difference()
    {
        V1EnvVar a = new() { Name = "A", Value = "1" }, b = new() { Name = "B", Value = "2" };
        PodTemplates.Hash(WithEnvironment(a, b), null).ShouldNotBe(PodTemplates.Hash(WithEnvironment(b, a), null));
    }

    private static V1PodTemplateSpec WithEnvironment(params V1EnvVar[] variables)
    {
        var template = Objects.Template();
        return template with { Spec = template.Spec with { Containers = [template.Spec.Containers[0] with { Env = variables }] } };
    }
}
