using System.Net.Http.Headers;
using System.Reflection;

namespace AeroGrid.Client.Http;

/// <summary>What the library calls itself in requests.</summary>
internal static class UserAgent
{
    /// <summary><c>aerogrid-dotnet/0.1.0</c>.</summary>
    public static ProductInfoHeaderValue Value { get; } =
        new("aerogrid-dotnet", typeof(UserAgent).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");
}
