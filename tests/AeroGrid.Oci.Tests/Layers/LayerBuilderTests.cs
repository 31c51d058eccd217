using System.Formats.Tar;
using System.IO.Compression;
using AeroGrid.Oci.Layers;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Tests.Layers;

public sealed class LayerBuilderTests
{
    private static readonly LayerFile[] Files =
    [
        LayerFile.Text("app/app.py", "print('Grüße')\n"),
        LayerFile.Text("app/pkg/__init__.py", ""),
        LayerFile.Text("app/requirements.txt", "humanize\n"),
        LayerFile.Text("app/日本/😀.txt", "not ASCII\n"),
        LayerFile.Text("app/" + new string('x', 120) + ".py", "a long name\n"),
        new("app/tool.sh", "#!/bin/sh\n"u8.ToArray(), IsExecutable: true),
    ];

    [Fact]
    public void Equal_files_give_this_digest_on_any_machine() =>
        LayerBuilder.Build(Files).Descriptor.Digest.ToString().ShouldBe("sha256:842342e5d04a5d94533b698e33321220edbf2b2743c017baa7e1928c542a572c");

    [Fact]
    public void The_order_of_the_files_does_not_matter() =>
        LayerBuilder.Build(Files.Reverse()).Descriptor.ShouldBe(LayerBuilder.Build(Files).Descriptor);

    [Fact]
    public async Task Entries_are_sorted_anonymous_and_complete()
    {
        var layer = LayerBuilder.Build(Files);

        var entries = await ReadAsync(layer);
        entries.Select(e => e.Name).ShouldBe(
        [
            "app/", "app/app.py", "app/pkg/", "app/pkg/__init__.py", "app/requirements.txt", "app/tool.sh", "app/" + new string('x', 120) + ".py",
            "app/日本/", "app/日本/😀.txt",
        ]);
        entries.ShouldAllBe(e => e.Uid == 0 && e.Gid == 0 && e.ModificationTime == DateTimeOffset.UnixEpoch);
        entries.Cast<PosixTarEntry>().ShouldAllBe(e => e.UserName == "" && e.GroupName == "");
        ((int)entries.Single(e => e.Name == "app/app.py").Mode).ShouldBe(Convert.ToInt32("644", 8));
        ((int)entries.Single(e => e.Name == "app/tool.sh").Mode).ShouldBe(Convert.ToInt32("755", 8));
        ((int)entries.Single(e => e.Name == "app/").Mode).ShouldBe(Convert.ToInt32("755", 8));
        using var text = new StreamReader(entries.Single(e => e.Name == "app/app.py").DataStream!);
        (await text.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBe("print('Grüße')\n");
    }

    [Fact]
    public void A_plain_layer_is_its_own_difference()
    {
        var layer = LayerBuilder.Build(Files);

        layer.Descriptor.MediaType.ShouldBe(MediaTypes.Layer);
        layer.Descriptor.Size.ShouldBe(layer.Content.Length);
        layer.DiffId.ShouldBe(layer.Descriptor.Digest);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../etc/passwd")]
    [InlineData("app/../../etc/passwd")]
    [InlineData("app/./a")]
    [InlineData("app//a")]
    [InlineData("app/")]
    [InlineData("app/\0")]
    public void Paths_that_leave_the_image_or_are_not_normalized_are_refused(string path) =>
        Should.Throw<ArgumentException>(() => LayerBuilder.Build([LayerFile.Text(path, "")])).Message.ShouldContain("normalized path");

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "a/b")]
    [InlineData("a/b", "a")]
    [InlineData("a/b/c", "a/b")]
    public void A_path_is_one_thing_only(string first, string second) =>
        Should.Throw<ArgumentException>(() => LayerBuilder.Build([LayerFile.Text(first, ""), LayerFile.Text(second, "")]));

    [Fact]
    public async Task Compressed_layers_of_others_are_read()
    {
        var layer = LayerBuilder.Build(Files);
        var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(layer.Content);
        compressed.Position = 0;

        var tar = LayerStreams.OpenTar(compressed, MediaTypes.DockerLayerGzip);

        var content = new MemoryStream();
        await tar.CopyToAsync(content);
        content.ToArray().ShouldBe(layer.Content.ToArray());
        Should.Throw<NotSupportedException>(() => LayerStreams.OpenTar(compressed, "application/zstd")).Message.ShouldContain("gzip");
    }

    private static async Task<List<TarEntry>> ReadAsync(Layer layer)
    {
        List<TarEntry> entries = [];
        await using var reader = new TarReader(new MemoryStream(layer.Content.ToArray()));
        while (await reader.GetNextEntryAsync(copyData: true) is { } entry)
            entries.Add(entry);
        return entries;
    }
}
