using System.Net.Http.Headers;
using System.Text;

namespace AeroGrid.Oci.Distribution;

/// <summary>User and password (or access token) of a registry: for basic authentication, and to get bearer tokens with.</summary>
public sealed record RegistryCredential(string User, string Password)
{
    internal AuthenticationHeaderValue ToHeader() =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}")));

    /// <summary>Hides the password.</summary>
    public override string ToString() => $"{User}:***";
}
