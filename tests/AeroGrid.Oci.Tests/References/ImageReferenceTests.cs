using AeroGrid.Oci.References;

namespace AeroGrid.Oci.Tests.References;

public sealed class ImageReferenceTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("registry.aerogrid.local/demo/app:v1", "registry.aerogrid.local", "demo/app", "v1", null)]
    [InlineData("registry.aerogrid.local/demo/app@sha256:" + Hex, "registry.aerogrid.local", "demo/app", null, Hex)]
    [InlineData("127.0.0.1:5000/a:b@sha256:" + Hex, "127.0.0.1:5000", "a", "b", Hex)]
    [InlineData("localhost:5000/a/b__c/d-e--f.g:1_2.3-4", "localhost:5000", "a/b__c/d-e--f.g", "1_2.3-4", null)]
    public void A_reference_is_taken_apart_and_put_together(string text, string registry, string path, string? tag, string? hex)
    {
        var reference = ImageReference.Parse(text);

        reference.Repository.ShouldBe(new RepositoryName(registry, path));
        reference.Tag.ShouldBe(tag);
        reference.Digest?.Hex.ShouldBe(hex);
        reference.ToString().ShouldBe(text);
        reference.Selector.ShouldBe(hex is null ? tag : "sha256:" + hex);
    }

    [Theory]
    [InlineData("")]
    [InlineData("app")]
    [InlineData("app:v1")]
    [InlineData("registry/app")]
    [InlineData("registry/App:v1")]
    [InlineData("registry/a//b:v1")]
    [InlineData("registry/a/:v1")]
    [InlineData("registry/-a:v1")]
    [InlineData("registry/a:")]
    [InlineData("registry/a:v1\n")]
    [InlineData("registry/a:.v1")]
    [InlineData("registry/a@sha256:abc")]
    [InlineData("registry/a@sha512:" + Hex)]
    [InlineData("registry/a@sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("registry/../a:v1")]
    [InlineData("http://registry/a:v1")]
    [InlineData("regis try/a:v1")]
    public void What_is_no_reference_is_refused(string text)
    {
        ImageReference.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => ImageReference.Parse(text)).Message.ShouldContain("registry/repository:tag");
    }

    [Fact]
    public void Names_have_a_greatest_length()
    {
        ImageReference.TryParse($"r/{new string('a', 255)}:{new string('b', 128)}", out _).ShouldBeTrue();
        ImageReference.TryParse($"r/{new string('a', 256)}:v1", out _).ShouldBeFalse();
        ImageReference.TryParse($"r/a:{new string('b', 129)}", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_digest_is_that_of_the_content()
    {
        Digest.Of([]).Hex.ShouldBe(Hex);
        (await Digest.OfAsync(new MemoryStream())).ShouldBe(Digest.Parse("sha256:" + Hex));
        Should.Throw<InvalidOperationException>(() => default(Digest).ToString());
    }
}
