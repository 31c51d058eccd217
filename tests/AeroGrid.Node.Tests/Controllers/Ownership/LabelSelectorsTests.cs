using k8s.Models;
using AeroGrid.Node.Controllers.Ownership;

namespace AeroGrid.Node.Tests.Controllers.Ownership;

public sealed class LabelSelectorsTests
{
    private static readonly Dictionary<string, string> Labels = Objects.Labels(("app", "web"), ("tier", "front"));

    [Theory]
    [InlineData("In", "web,api", true)]
    [InlineData("In", "api", false)]
    [InlineData("NotIn", "api", true)]
    [InlineData("NotIn", "web", false)]
    [InlineData("Exists", null, true)]
    [InlineData("DoesNotExist", null, false)]
    [InlineData("Unheard", null, false)]
    public void Expressions_mean_what_Kubernetes_says(string operation, string? values, bool expected) =>
        LabelSelectors.Matches(
            new() { MatchExpressions = [new() { Key = "app", OperatorProperty = operation, Values = values?.Split(',') }] }, Labels).ShouldBe(expected);

    [Fact]
    public void All_terms_must_hold()
    {
        LabelSelectors.Matches(new() { MatchLabels = Objects.Labels(("app", "web"), ("tier", "front")) }, Labels).ShouldBeTrue();
        LabelSelectors.Matches(new() { MatchLabels = Objects.Labels(("app", "web"), ("tier", "back")) }, Labels).ShouldBeFalse();
        LabelSelectors.Matches(new() { MatchLabels = Objects.Labels(("app", "web")) }, null).ShouldBeFalse();
        LabelSelectors.IsEmpty(new V1LabelSelector()).ShouldBeTrue();
    }
}
