using System.Text.Json.Nodes;
using AeroGrid.Oci.Building;
using AeroGrid.Oci.Layers;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Tests.Building;

public sealed class ImageBuilderTests
{
    private static readonly Platform Platform = new() { OperatingSystem = "linux", Architecture = "amd64" };

    private static readonly ImageChanges Changes = new()
    {
        CreatedBy = "the test",
        Environment = new Dictionary<string, string> { ["B"] = "changed", ["A"] = "added" },
        Labels = new Dictionary<string, string> { ["z"] = "1", ["a"] = "2" },
        Annotations = new Dictionary<string, string> { ["org.example"] = "yes" },
    };

    [Fact]
    public void Equal_input_gives_this_digest_on_any_machine() =>
        Append(Base(), Changes).Descriptor.Digest.ToString().ShouldBe("sha256:cad7321cd3dda32f4f267dd5c34f870b91f04a47924670467bf2e1fb8bbb4abb");

    [Fact]
    public void The_new_layer_lies_on_those_of_the_base()
    {
        var baseImage = Base();

        var built = Append(baseImage, Changes);

        built.Image.Manifest.Layers.ShouldBe([.. baseImage.Manifest.Layers, built.NewLayers.Single().Descriptor]);
        built.Image.Configuration.RootFileSystem.DiffIds.Count.ShouldBe(2);
        built.Image.Configuration.History!.Select(h => h.CreatedBy).ShouldBe(["base", "the test"]);
        ImageManifest.Parse(built.ManifestContent.Span).Config.ShouldBe(Descriptor.Of(MediaTypes.ImageConfiguration, built.ConfigurationContent.Span));
        built.Descriptor.ShouldBe(Descriptor.Of(MediaTypes.ImageManifest, built.ManifestContent.Span));
    }

    [Fact]
    public void Changes_add_to_the_configuration_or_replace_by_name()
    {
        var container = Append(Base(), Changes).Image.Configuration.Config!;

        container.Environment.ShouldBe(["C=kept", "A=added", "B=changed"]);
        container.Labels!.ShouldBe([new("a", "2"), new("kept", "yes"), new("z", "1")]);
        container.Entrypoint.ShouldBe(["python3"]);
        container.Cmd.ShouldBe(["app.py"]);
        container.User.ShouldBe("65532");
    }

    [Fact]
    public void A_new_entry_point_drops_the_old_arguments()
    {
        var container = Append(Base(), new ImageChanges { Entrypoint = ["node"], WorkingDirectory = "/srv", User = "1" }).Image.Configuration.Config!;

        container.Entrypoint.ShouldBe(["node"]);
        container.Cmd.ShouldBeNull();
        container.WorkingDirectory.ShouldBe("/srv");
        container.User.ShouldBe("1");
    }

    [Fact]
    public void What_this_library_does_not_know_is_kept()
    {
        var baseImage = Base();
        var json = JsonNode.Parse(baseImage.Configuration.ToBytes())!;
        json["os.features"] = new JsonArray("x");
        json["config"]!["Healthcheck"] = new JsonObject { ["Test"] = new JsonArray("NONE") };
        baseImage = baseImage with { Configuration = ImageConfiguration.Parse(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString())) };

        var result = JsonNode.Parse(Append(baseImage, Changes).ConfigurationContent.Span)!;

        result["os.features"]!.ToJsonString().ShouldBe("""["x"]""");
        result["config"]!["Healthcheck"]!.ToJsonString().ShouldBe("""{"Test":["NONE"]}""");
    }

    [Fact]
    public void Annotations_of_the_base_do_not_describe_the_new_image()
    {
        var baseImage = Base();
        baseImage = baseImage with { Manifest = baseImage.Manifest with { Annotations = new() { ["org.opencontainers.image.title"] = "base" } } };

        Append(baseImage, new ImageChanges()).Image.Manifest.Annotations.ShouldBeNull();
    }

    private static BuiltImage Append(Image baseImage, ImageChanges changes) =>
        ImageBuilder.AppendLayer(baseImage, LayerBuilder.Build([LayerFile.Text("app/app.py", "print(1)\n")]), changes);

    private static Image Base()
    {
        var container = new ContainerConfiguration
        {
            Entrypoint = ["python3"],
            Cmd = ["app.py"],
            User = "65532",
            Environment = ["B=old", "C=kept"],
            Labels = new(StringComparer.Ordinal) { ["kept"] = "yes", ["a"] = "1" },
        };
        var layer = LayerBuilder.Build([LayerFile.Text("base", "")]);
        return ImageBuilder.Create(Platform, container, layer, new ImageChanges { CreatedBy = "base" }).Image;
    }
}
