namespace AeroGrid.Api;

/// <summary>
/// The types of conditions in the status of AeroGrid's resources (Kubernetes API conventions, "Typical status properties"). All have
/// positive polarity: True is good, False says in reason and message what is wrong, Unknown means still at work.
/// </summary>
public static class ConditionTypes
{
    /// <summary>App: the image of the newest saved version is in the registry. Image and Tenant have <see cref="Ready"/> only.</summary>
    public const string ImageReady = "ImageReady";

    /// <summary>App: the newest version runs with as many ready processes as wanted. False while only an older version serves.</summary>
    public const string Available = "Available";

    /// <summary>App: Service, route and access policy are in place.</summary>
    public const string RouteReady = "RouteReady";

    /// <summary>All kinds: the sum of the others. What <c>kubectl wait --for=condition=Ready</c> waits for.</summary>
    public const string Ready = "Ready";
}

/// <summary>
/// The reasons in conditions and events. Comments say which condition has it with which status, and what a person can do.
/// </summary>
public static class Reasons
{
    // --- good news and work in progress

    /// <summary>Ready=True of App, Image and Tenant: as wanted.</summary>
    public const string Ready = "Ready";

    /// <summary>Any=Unknown: not looked at yet, because an earlier step is not done.</summary>
    public const string Pending = "Pending";

    /// <summary>ImageReady=Unknown, Ready=Unknown: dependencies are being installed, or code is being put on them.</summary>
    public const string Building = "Building";

    /// <summary>ImageReady=True; Image Ready=True.</summary>
    public const string Built = "Built";

    /// <summary>Available=Unknown, Ready=Unknown: the newest version is starting.</summary>
    public const string Deploying = "Deploying";

    /// <summary>Available=True: the newest version serves. Also the event of that.</summary>
    public const string Deployed = "Deployed";

    /// <summary>Available=False, Ready=False: spec.state is Stopped, and no process runs.</summary>
    public const string Stopped = "Stopped";

    /// <summary>Available=False, Ready=False: spec.state is Stopped, and processes are ending.</summary>
    public const string Stopping = "Stopping";

    /// <summary>RouteReady=True.</summary>
    public const string Routed = "Routed";

    // --- spec is wrong: changes nothing until the spec changes

    /// <summary>ImageReady=False: the app's namespace is of no Tenant, so nothing would guard it. Make the app in a tenant's namespace.</summary>
    public const string TenantNotFound = "TenantNotFound";

    /// <summary>ImageReady=Unknown: the tenant's policies are being made; the app comes after them, never before.</summary>
    public const string TenantNotReady = "TenantNotReady";

    /// <summary>ImageReady=False: spec.files cannot be one folder, because a path is a file and a folder at once. Rename one.</summary>
    public const string FilesConflict = "FilesConflict";

    /// <summary>ImageReady=False: spec.runtime names no Runtime. Name one of <c>kubectl get runtimes</c>.</summary>
    public const string RuntimeNotFound = "RuntimeNotFound";

    /// <summary>ImageReady=False: the runtime's entry point is not among spec.files. Add it.</summary>
    public const string EntryPointMissing = "EntryPointMissing";

    /// <summary>ImageReady=False: spec.files hold more bytes than allowed. Leave files out.</summary>
    public const string FilesTooLarge = "FilesTooLarge";

    /// <summary>Any=False: an object of a child's name exists and is not AeroGrid's. Rename the app, or delete that object.</summary>
    public const string NameTaken = "NameTaken";

    /// <summary>Tenant Ready=False: a Secret that spec.env names is missing in aerogrid-system. Make it, or take the variable out.</summary>
    public const string SecretNotFound = "SecretNotFound";

    /// <summary>ImageReady=False; Image Ready=False: a requirement cannot be installed. The message names it as typed, with its line.</summary>
    public const string DependenciesFailed = "DependenciesFailed";

    /// <summary>ImageReady=False; Image Ready=False: installing took longer than the limit.</summary>
    public const string BuildTimedOut = "BuildTimedOut";

    // --- the newest version does not run: an older one goes on serving

    /// <summary>Available=False: the app ended by itself or by an exception. The message has its last output.</summary>
    public const string Crashed = "Crashed";

    /// <summary>Available=False: it used more memory than its limit and was ended. Raise spec.resources.limits.memory, or use less.</summary>
    public const string OutOfMemory = "OutOfMemory";

    /// <summary>Available=False: it runs and does not listen on $PORT.</summary>
    public const string NotListening = "NotListening";

    /// <summary>Available=False: it listens on another port than $PORT; the message names both. One machine only: on a cluster it is NotListening.</summary>
    public const string WrongPort = "WrongPort";

    /// <summary>Available=False: it reached its limit of processes and threads, and does not serve. Start fewer of them. One machine only.</summary>
    public const string TooManyProcesses = "TooManyProcesses";

    /// <summary>Available=False: a container cannot be started, for example because a Secret is missing. The message says which.</summary>
    public const string CannotStart = "CannotStart";

    /// <summary>Available=False: not enough of the quota or of the machine is free.</summary>
    public const string QuotaExceeded = "QuotaExceeded";

    /// <summary>Available=False: it did not become ready in time.</summary>
    public const string TooSlow = "TooSlow";

    // --- the platform's trouble: tried again with growing pauses, for ever

    /// <summary>Any=Unknown: a registry or the API server did not answer as it should. Nothing to do for users.</summary>
    public const string Retrying = "Retrying";

    /// <summary>Events on a resource: its newest version failed; the message is that of its Ready condition.</summary>
    public const string Failed = "Failed";
}
