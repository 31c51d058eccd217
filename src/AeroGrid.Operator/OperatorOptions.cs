using AeroGrid.Api;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Oci.Distribution;

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AeroGrid.Operator;

/// <summary>What the operator must know of the platform around it. It is the same on one machine and on a cluster.</summary>
public sealed record OperatorOptions
{
    /// <summary>Where the API server is.</summary>
    public required Uri ApiServer { get; init; }

    /// <summary>The operator's bearer token; null when <see cref="Client"/> says how to authenticate.</summary>
    public string? Token { get; init; }

    /// <summary>How the API server is talked to.</summary>
    public ResourceClientOptions Client { get; init; } = new() { UserAgent = ApiGroup.FieldManager };

    /// <summary>The registry's name in image references.</summary>
    public string Registry { get; init; } = "registry.aerogrid.local";

    /// <summary>Where the registry of that name is, for the operator and for builds; null for <c>https://name</c>.</summary>
    public Uri? RegistryEndpoint { get; init; }

    /// <summary>The credential that may push to the registry and delete from it; null for none.</summary>
    public RegistryCredential? RegistryCredential { get; init; }

    /// <summary>Images by the names of runtimes, best by digest. They take the place of <c>Runtime.spec.image</c>.</summary>
    public IReadOnlyDictionary<string, string> RuntimeImages { get; init; } = new Dictionary<string, string>();

    /// <summary>How dependencies are built; null when apps cannot have any.</summary>
    public BuilderOptions? Builder { get; init; }

    /// <summary>The origin of apps, as people write it: <c>http://localhost:8080</c>.</summary>
    public required Uri AppsUrl { get; init; }

    /// <summary>The issuer of the tokens that callers of apps have.</summary>
    public required Uri Issuer { get; init; }

    /// <summary>Where the issuer's keys are, seen from the gateway; null for <c>issuer/.well-known/jwks.json</c>.</summary>
    public Uri? JwksUri { get; init; }

    /// <summary>The audience that those tokens must have.</summary>
    public string Audience { get; init; } = "aerogrid-apps";

    /// <summary>The Istio Gateway that apps are bound to, as namespace/name.</summary>
    public string Gateway { get; init; } = $"{Names.SystemNamespace}/{Names.Gateway}";

    /// <summary>How long a new version may run without listening before it counts as failed. It still may listen later.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Who this process is among operators that compete for the lease. Two processes must never have the same; one that comes back under
    /// its old name need not wait for its old lease to end. Null: a new name each time.
    /// </summary>
    public string? Identity { get; init; }

    /// <summary>How long others wait after the leader's last sign of life. Whole seconds, at least 3.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where logs go.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Where time comes from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>How dependencies are built: the contract is <c>deploy/images/builder/README.md</c>.</summary>
public sealed record BuilderOptions
{
    /// <summary>The builder's image, by digest.</summary>
    public required string Image { get; init; }

    /// <summary>How long resolving may take unless an Image says otherwise.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The package index of tenants that name none; null for pip's own.</summary>
    public string? PackageIndexUrl { get; init; }

    /// <summary>Further environment variables of the step that resolves: proxies, certificates, retries of pip.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Memory that a build may use.</summary>
    public string MemoryLimit { get; init; } = "1Gi";

    /// <summary>How long finished Jobs are kept to be looked at.</summary>
    public TimeSpan KeepFinished { get; init; } = TimeSpan.FromMinutes(10);
}
