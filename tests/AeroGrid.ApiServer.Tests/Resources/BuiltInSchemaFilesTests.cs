using System.Reflection;
using AeroGrid.TestKit;

namespace AeroGrid.ApiServer.Tests.Resources;

/// <summary>The committed files are what the generator writes; <c>UPDATE_GOLDEN=1</c> rewrites them.</summary>
public sealed class BuiltInSchemaFilesTests
{
    [Fact]
    public void Generated_schema_files_are_up_to_date()
    {
        var documentation = typeof(BuiltInSchemaFilesTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "KubernetesClientDocumentation").Value!;
        var (schemas, descriptions) = BuiltInSchemaGenerator.Generate(documentation);
        Check("builtin-schemas.json", schemas);
        Check("builtin-descriptions.json", descriptions);
    }

    private static void Check(string name, string expected)
    {
        var path = Path.Combine(Tools.RepositoryRoot, "src", "AeroGrid.ApiServer", "Resources", "BuiltIn", name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, expected);
        }

        (File.ReadAllText(path) == expected).ShouldBeTrue($"{name} is out of date: run the tests once with UPDATE_GOLDEN=1");
    }
}
