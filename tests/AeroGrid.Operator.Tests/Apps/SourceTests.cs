using AeroGrid.Operator.Apps;
using AeroGrid.Operator.Apps.Steps;
using AeroGrid.Operator.Reconciling;
using AeroGrid.Operator.Tests.Fixtures;

namespace AeroGrid.Operator.Tests.Apps;

public sealed class SourceTests
{
    [Fact]
    public void Files_survive_the_ConfigMap_whatever_their_paths_are()
    {
        var files = Some.Files(("app.py", "a"), ("lib/ü b~.py", "b\0c"), ("index.json", "{}"), ("0", ""));

        SourceFiles.Decode(SourceFiles.Encode(files)).ShouldBe(files, ignoreOrder: true);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[\"app.py\"]")]
    [InlineData("[")]
    public void A_ConfigMap_of_another_form_is_told(string index) =>
        Should.Throw<FormatException>(() => SourceFiles.Decode(new Dictionary<string, string> { ["index.json"] = index }));

    [Fact]
    public void The_order_of_files_makes_no_version()
    {
        var (one, two) = (Some.Files(("a", "1"), ("b", "2")), Some.Files(("b", "2"), ("a", "1")));

        SourceHash.Of("python", one).ShouldBe(SourceHash.Of("python", two));
    }

    [Fact]
    public void Content_moved_between_files_or_another_runtime_makes_a_version()
    {
        var hashes = new[]
        {
            SourceHash.Of("python", Some.Files(("a", "12"), ("b", ""))),
            SourceHash.Of("python", Some.Files(("a", "1"), ("b", "2"))),
            SourceHash.Of("python", Some.Files(("a", ""), ("b", "12"))),
            SourceHash.Of("python-web", Some.Files(("a", "12"), ("b", ""))),
        };

        hashes.ShouldBeUnique();
    }

    [Fact]
    public async Task A_missing_entry_point_is_named_with_its_runtime()
    {
        var result = await ValidateAsync(("main.py", ""));

        result.ShouldBe(new StepResult.Stalled("EntryPointMissing", "spec.files: app.py is missing: runtime python starts it"));
    }

    [Fact]
    public async Task Files_that_are_too_large_in_bytes_are_told()
    {
        var result = await ValidateAsync(("app.py", new string('ü', 500_000)));

        result.ShouldBeOfType<StepResult.Stalled>().Message.ShouldBe(
            "spec.files: together 976 KiB, and at most 900 KiB are allowed: leave out what the app does not need");
    }

    [Fact]
    public async Task A_path_that_is_file_and_folder_is_told()
    {
        var result = await ValidateAsync(("app.py", ""), ("lib", ""), ("lib/a/b.py", ""));

        result.ShouldBeOfType<StepResult.Stalled>().Message.ShouldBe(
            "spec.files: lib is a file, and lib/a/b.py needs a folder of that name: rename one of them");
    }

    private static Task<StepResult> ValidateAsync(params (string Path, string Content)[] files)
    {
        var tenant = Some.Tenant();
        tenant.Status = new() { Conditions = [new() { Type = "Ready", Status = "True", Reason = "Ready", Message = "" }] };
        return new ValidateStep().RunAsync(Some.Run(Some.App("orders", files), tenant: tenant), default);
    }
}
