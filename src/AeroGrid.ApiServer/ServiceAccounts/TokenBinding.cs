using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.ServiceAccounts;

/// <summary>The object whose existence a token is bound to besides its account (<c>boundObjectRef</c>): a pod, a secret or a node.</summary>
/// <param name="Kind">Pod, Secret or Node.</param>
/// <param name="Name">Its name; it is in the namespace of the account.</param>
/// <param name="Uid">Its uid.</param>
internal sealed record TokenBinding(string Kind, string Name, string Uid)
{
    /// <summary>The kinds that there are.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["Node", "Pod", "Secret"];

    /// <summary>The claim in <c>kubernetes.io</c> that holds it.</summary>
    public string Claim => Kind.ToLowerInvariant();

    /// <summary>The object, if it is there under its name, whatever its uid.</summary>
    public JsonObject? Find(IObjectReader reader, string namespaceName) => reader.Get(Claim + "s", Kind == "Node" ? null : namespaceName, Name);

    /// <summary>Whether the object is still the one that the token was made for.</summary>
    public bool Holds(IObjectReader reader, string namespaceName) => Find(reader, namespaceName).TextAt("metadata", "uid") == Uid;
}
