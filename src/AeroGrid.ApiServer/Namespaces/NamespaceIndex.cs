using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Namespaces;

/// <summary>Which namespaces exist and which are being deleted, always as current as the store. Thread-safe.</summary>
internal sealed class NamespaceIndex(IObjectReader reader) : IDisposable
{
    private readonly Lazy<Projection<State>> _namespaces = new(() => new Projection<State>(
        reader, "namespaces", obj => new State(obj.IsTerminating())));

    /// <summary>Refuses a new object where its namespace is not there or is going.</summary>
    /// <exception cref="ApiException">404 or 403.</exception>
    public void DemandForCreate(WriteRequest request, string name)
    {
        var state = _namespaces.Value.Get("", request.Namespace) ?? throw ApiException.NotFound("", "namespaces", request.Namespace);
        if (state.Terminating)
        {
            throw new ApiException(
                403,
                "Forbidden",
                $"{request.Definition.Plural} \"{name}\" is forbidden: unable to create new content in namespace {request.Namespace} because it is being terminated")
            {
                Group = request.Definition.Group,
                Kind = request.Definition.Plural,
                Name = name,
                Causes = [new FieldError("metadata.namespace", "NamespaceTerminating", $"namespace {request.Namespace} is being terminated")],
            };
        }
    }

    public void Dispose()
    {
        if (_namespaces.IsValueCreated)
        {
            _namespaces.Value.Dispose();
        }
    }

    private sealed record State(bool Terminating);
}
