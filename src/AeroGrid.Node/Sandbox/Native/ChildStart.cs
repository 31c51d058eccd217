using System.Runtime.InteropServices;

namespace AeroGrid.Node.Sandbox.Native;

/// <summary>What a child process starts with. Nothing else is inherited: no descriptor, no variable, no signal disposition.</summary>
internal sealed record ChildStart
{
    /// <summary>Absolute path of the program.</summary>
    public required string Program { get; init; }

    /// <summary>Arguments after the program's name.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The whole environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Working directory; null for the platform's own.</summary>
    public string? Folder { get; init; }

    /// <summary>Descriptors of the child by number, 0 to 15. Standard input, output and error that are missing here are <c>/dev/null</c>.</summary>
    public IReadOnlyDictionary<int, SafeHandle> Descriptors { get; init; } = new Dictionary<int, SafeHandle>();
}
