using AeroGrid.ApiServer.Apply;
using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Who writes what, and how.</summary>
/// <param name="Definition">The resource in the version of the request.</param>
/// <param name="Namespace">Namespace; empty for cluster-scoped resources.</param>
/// <param name="Name">Name; empty for a create.</param>
/// <param name="Subresource">status, scale or another; empty for the object itself.</param>
/// <param name="User">Who.</param>
/// <param name="Options">How.</param>
internal sealed record WriteRequest(ResourceDefinition Definition, string Namespace, string Name, string Subresource, UserInfo User, WriteOptions Options)
{
    /// <summary>What the client is told in <c>Warning</c> headers.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Where the object is stored.</summary>
    public ObjectKey Key => new(Definition.StorageKey, Namespace, Name);

    /// <summary>For the field manager.</summary>
    public FieldManagerRequest FieldManager(DateTimeOffset time) => new(Options.Manager, Options.Force, Subresource, time);

    /// <summary>404 for the object.</summary>
    public ApiException NotFound() => ApiException.NotFound(Definition.Group, Definition.Plural, Name);

    /// <summary>409 for the object.</summary>
    public ApiException Conflict(string why) => ApiException.Conflict(Definition.Group, Definition.Plural, Name, why);

    /// <summary>409: somebody else was faster.</summary>
    public ApiException Modified() =>
        Conflict("the object has been modified; please apply your changes to the latest version and try again");
}
