using AeroGrid.Api;
using AeroGrid.ControllerRuntime.Informers;

namespace AeroGrid.Operator;

/// <summary>What the operator's informers keep. Kinds that others use too are selected by label, so that caches hold AeroGrid's objects only.</summary>
internal static class Selections
{
    /// <summary>What AeroGrid manages.</summary>
    public static InformerOptions Managed { get; } = new() { LabelSelector = Labels.ManagedSelector };

    /// <summary>The same, in the namespace of builds.</summary>
    public static InformerOptions Builds { get; } = new() { LabelSelector = Labels.ManagedSelector, Namespace = Names.BuildsNamespace };
}
