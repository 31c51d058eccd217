using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Resources;

namespace AeroGrid.ApiServer.Admission;

/// <summary>
/// Looks at a write after decoding and defaulting and before validation and storage, as Kubernetes' admission plug-ins do: may change
/// <see cref="AdmissionRequest.Object"/> in place or refuse. All registered ones run, in the order of registration. Thread-safe.
/// </summary>
public interface IAdmission
{
    /// <summary>Changes or refuses.</summary>
    /// <exception cref="Errors.ApiException">The write is refused.</exception>
    void Admit(AdmissionRequest request);
}

/// <summary>One write.</summary>
/// <param name="Definition">Resource in the version of the request.</param>
/// <param name="Operation">What is done.</param>
/// <param name="Subresource">status or scale; empty for the object itself.</param>
/// <param name="Object">The object to be stored; null on delete.</param>
/// <param name="Old">The stored object; null on create.</param>
/// <param name="User">Who writes.</param>
/// <param name="DryRun">Nothing will be stored.</param>
public sealed record AdmissionRequest(
    ResourceDefinition Definition, AdmissionOperation Operation, string Subresource, JsonObject? Object, JsonObject? Old, UserInfo User, bool DryRun)
    : IDisposable
{
    private List<Action>? _completed;

    /// <summary>Registers what happens when the write is over, whether it was stored or not.</summary>
    public void OnCompleted(Action action) => (_completed ??= []).Add(action);

    /// <summary>The write is over.</summary>
    public void Dispose()
    {
        foreach (var action in _completed ?? [])
        {
            action();
        }

        _completed = null;
    }
}

/// <summary>Kinds of writes.</summary>
public enum AdmissionOperation
{
    /// <summary>A new object.</summary>
    Create,

    /// <summary>An update, patch or apply of an existing object.</summary>
    Update,

    /// <summary>A deletion.</summary>
    Delete,
}
