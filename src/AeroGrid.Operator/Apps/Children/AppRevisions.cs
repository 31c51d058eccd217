using AeroGrid.Api;
using AeroGrid.Api.Apps;

namespace AeroGrid.Operator.Apps.Children;

/// <summary>The ControllerRevision of one version: its files, so that a person can go back to it, and its number.</summary>
internal static class AppRevisions
{
    public static AppRevision Create(AppRun run, long number) => new()
    {
        Metadata = new()
        {
            Name = Names.Revision(run.Name, run.Version),
            NamespaceProperty = run.Tenant,
            Labels = new Dictionary<string, string>(Labels.Of(run.Name)) { [Labels.Version] = run.Version },
        },
        Revision = number,
        Data = new() { Runtime = run.RuntimeName, Files = run.App.Spec.Files },
    };
}
