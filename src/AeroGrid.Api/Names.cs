namespace AeroGrid.Api;

/// <summary>
/// The names of all objects that AeroGrid makes. Names of children begin with their owner's; names with a hash are of objects that never
/// change. Apps' names have at most 40 characters, so that all of these are DNS labels.
/// </summary>
public static class Names
{
    /// <summary>The namespace of the platform's own objects.</summary>
    public const string SystemNamespace = "aerogrid-system";

    /// <summary>The namespace in which dependencies are built.</summary>
    public const string BuildsNamespace = "aerogrid-builds";

    /// <summary>The Istio Gateway that apps are routed from, in <see cref="SystemNamespace"/>.</summary>
    public const string Gateway = "aerogrid";

    /// <summary>The Lease that the operator which works holds, in <see cref="SystemNamespace"/>.</summary>
    public const string OperatorLease = "aerogrid-operator";

    /// <summary>A tenant's namespace.</summary>
    public static string Namespace(string tenant) => tenant;

    /// <summary>The Deployment of an app.</summary>
    public static string Deployment(string app) => app;

    /// <summary>The Service of an app.</summary>
    public static string Service(string app) => app;

    /// <summary>The VirtualService of an app.</summary>
    public static string VirtualService(string app) => app;

    /// <summary>The AuthorizationPolicy of an app that everyone may call.</summary>
    public static string PublicAccess(string app) => $"{app}-public";

    /// <summary>The ConfigMap with the files of one version of an app.</summary>
    public static string Source(string app, string hash) => $"{app}-{hash}";

    /// <summary>The Image of one version of an app.</summary>
    public static string Image(string app, string hash) => $"{app}-{hash}";

    /// <summary>The ControllerRevision of one version of an app.</summary>
    public static string Revision(string app, string hash) => $"{app}-{hash}";

    /// <summary>A Job that installs dependencies, and the ConfigMap with its requirements, in <see cref="BuildsNamespace"/>.</summary>
    /// <param name="tenant">Whose dependencies they are.</param>
    /// <param name="hash">The dependenciesHash.</param>
    /// <param name="attempt">1 for the first.</param>
    public static string Build(string tenant, string hash, int attempt) => $"{tenant}-{Short(hash)}-{attempt}";

    /// <summary>The Secret with the credential by which builds push, in <see cref="BuildsNamespace"/>.</summary>
    public const string PushCredential = "registry-push";

    /// <summary>The beginning of a hash, which is enough for names and labels.</summary>
    public static string Short(string hash) => hash[..Math.Min(hash.Length, 16)];

    /// <summary>The repository of an app's images in the registry.</summary>
    public static string Repository(string tenant, string app) => $"{tenant}/{app}";

    /// <summary>
    /// The repository of a tenant's dependency images in the registry. An app of this name shares it, which does no harm: tags are hashes.
    /// </summary>
    public static string DependenciesRepository(string tenant) => $"{tenant}/dependencies";

    /// <summary>The only container of an app's pods.</summary>
    public const string AppContainer = "app";

    /// <summary>A tenant's ResourceQuota, LimitRange, NetworkPolicy, PeerAuthentication and RequestAuthentication.</summary>
    public const string TenantPolicy = "aerogrid";

    /// <summary>A tenant's AuthorizationPolicy that admits nothing, so that only what others admit gets in.</summary>
    public const string DenyByDefault = "aerogrid-deny-by-default";

    /// <summary>A tenant's AuthorizationPolicy that admits its members' tokens.</summary>
    public const string TenantAccess = "aerogrid-tenant";

    /// <summary>A tenant's NetworkPolicy that admits nothing.</summary>
    public const string NetworkDefaultDeny = "aerogrid-default-deny";

    /// <summary>A tenant's NetworkPolicy that admits the gateway to apps.</summary>
    public const string NetworkFromGateway = "aerogrid-from-gateway";

    /// <summary>A tenant's NetworkPolicy that lets apps out.</summary>
    public const string NetworkEgress = "aerogrid-egress";

    /// <summary>The Secret with the environment variables of all apps of a tenant.</summary>
    public const string TenantEnvironment = "aerogrid-env";

    /// <summary>A tenant's RoleBinding for all members of one role, and the ClusterRole that it binds.</summary>
    /// <param name="role">admin, editor or viewer.</param>
    public static string TenantRole(string role) => $"aerogrid-tenant-{role}";

    /// <summary>The path under which an app is called, with '/' at its end.</summary>
    public static string AppPath(string tenant, string app) => $"/apps/{tenant}/{app}/";
}

/// <summary>Labels and annotations.</summary>
public static class Labels
{
    /// <summary>What an object is part of: the app's name (Kubernetes documentation, "Recommended Labels").</summary>
    public const string Name = "app.kubernetes.io/name";

    /// <summary>The instance of it: the app's name.</summary>
    public const string Instance = "app.kubernetes.io/instance";

    /// <summary>Who manages the object: <see cref="Manager"/>.</summary>
    public const string ManagedBy = "app.kubernetes.io/managed-by";

    /// <summary>The value of <see cref="ManagedBy"/>.</summary>
    public const string Manager = "aerogrid";

    /// <summary>Selects everything that AeroGrid manages.</summary>
    public const string ManagedSelector = $"{ManagedBy}={Manager}";

    /// <summary>On pods: the hash of the files that run, which is the end of the names of their Image and ControllerRevision.</summary>
    public const string Version = "aerogrid.io/version";

    /// <summary>On pods: the hash of the whole pod template, by which pods of the newest template are known.</summary>
    public const string Template = "aerogrid.io/template";

    /// <summary>On namespaces: the tenant.</summary>
    public const string Tenant = "aerogrid.io/tenant";

    /// <summary>On builds: the beginning of the dependenciesHash.</summary>
    public const string Dependencies = "aerogrid.io/dependencies";

    /// <summary>Annotation: the hash of what the operator applied last, which tells whether there is anything to apply.</summary>
    public const string Applied = "aerogrid.io/applied";

    /// <summary>Annotation of a pod template: the hash of the tenant's variables, so that a change of them restarts apps.</summary>
    public const string TenantEnvironment = "aerogrid.io/tenant-env";

    /// <summary>The finalizer of Images: their tags are removed from the registry.</summary>
    public const string RegistryFinalizer = "aerogrid.io/registry";

    /// <summary>The finalizer of Tenants: their namespace is removed.</summary>
    public const string NamespaceFinalizer = "aerogrid.io/namespace";

    /// <summary>The labels of everything that belongs to an app.</summary>
    public static Dictionary<string, string> Of(string app) => new(StringComparer.Ordinal)
    {
        [Name] = app,
        [Instance] = app,
        [ManagedBy] = Manager,
    };
}
