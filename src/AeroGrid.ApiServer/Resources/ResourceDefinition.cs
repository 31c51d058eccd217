using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Tables;

namespace AeroGrid.ApiServer.Resources;

/// <summary>
/// One served version of one resource: what the handlers, discovery and OpenAPI need to know of it. Built-in kinds are defined in code,
/// custom kinds by a CustomResourceDefinition; nothing downstream tells them apart. Immutable, hence thread-safe.
/// </summary>
public sealed record ResourceDefinition
{
    private readonly string? _listKind;
    private readonly string? _storageKey;

    /// <summary>API group; the empty string is the core group, served under <c>/api/v1</c>.</summary>
    public required string Group { get; init; }

    /// <summary>Version, for example <c>v1</c> or <c>v1alpha1</c>.</summary>
    public required string Version { get; init; }

    /// <summary>Kind in CamelCase.</summary>
    public required string Kind { get; init; }

    /// <summary>Lower-case plural name used in URLs.</summary>
    public required string Plural { get; init; }

    /// <summary>Lower-case singular name that kubectl accepts.</summary>
    public required string Singular { get; init; }

    /// <summary>Kind of a list of these; by convention the kind with <c>List</c> appended.</summary>
    public string ListKind
    {
        get => _listKind ?? Kind + "List";
        init => _listKind = value;
    }

    /// <summary>Whether a CustomResourceDefinition defines it. Only the patch formats and OpenAPI ask.</summary>
    public bool IsCustom { get; init; }

    /// <summary>Differs when anything differs that documents about the resource show; empty for built-in ones, which differ with the program.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>Whether objects live in a namespace.</summary>
    public required bool Namespaced { get; init; }

    /// <summary>Short names such as <c>po</c>.</summary>
    public IReadOnlyList<string> ShortNames { get; init; } = [];

    /// <summary>Categories such as <c>all</c>.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Whether <c>/status</c> is served: then ordinary writes ignore status, and status writes ignore everything else.</summary>
    public bool HasStatus { get; init; }

    /// <summary>Whether <c>metadata.generation</c> counts changes outside metadata and status.</summary>
    public bool HasGeneration { get; init; }

    /// <summary>
    /// Whether an update without <c>metadata.resourceVersion</c> overwrites whatever is stored. True for most built-in kinds; false for custom
    /// resources, whose updates must name the version that they were made from.
    /// </summary>
    public bool AllowUnconditionalUpdate { get; init; } = true;

    /// <summary>The <c>/scale</c> subresource; null where there is none.</summary>
    public ScaleSubresource? Scale { get; init; }

    /// <summary>Subresources besides status and scale that discovery lists, such as <c>pods/log</c>.</summary>
    public IReadOnlyList<ExtraSubresource> Subresources { get; init; } = [];

    /// <summary>The verbs that discovery lists; a handler answers 405 to the others.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = AllVerbs;

    /// <summary>Schema: defaults, validation, pruning, merge keys.</summary>
    public required IObjectSchema Schema { get; init; }

    /// <summary>Columns of the Table form, without the leading Name (and Namespace, which kubectl adds itself).</summary>
    public IReadOnlyList<PrinterColumn> Columns { get; init; } = [];

    /// <summary>Fields besides <c>metadata.name</c> and <c>metadata.namespace</c> that field selectors may name.</summary>
    public IReadOnlyList<SelectableField> SelectableFields { get; init; } = [];

    /// <summary>How objects of this version differ from their stored form; null where they do not.</summary>
    internal IRepresentation? Representation { get; init; }

    /// <summary>Every verb of a stored resource.</summary>
    public static IReadOnlyList<string> AllVerbs { get; } =
        ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>
    /// Where objects of all versions of a resource are stored: group and plural, unless two groups serve the same objects, as for events.
    /// </summary>
    public string StorageKey
    {
        get => _storageKey ?? (Group.Length == 0 ? Plural : $"{Group}/{Plural}");
        init => _storageKey = value;
    }

    /// <summary><c>v1</c> for the core group, otherwise <c>group/version</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
}

/// <summary>
/// JSON paths of the scale subresource, as in a CustomResourceDefinition: <c>.spec.replicas</c>, <c>.status.replicas</c> and, where pods can
/// be selected, the path of a serialized label selector in status.
/// </summary>
public sealed record ScaleSubresource(string SpecReplicasPath, string StatusReplicasPath, string? LabelSelectorPath);

/// <summary>A subresource with a handler of its own.</summary>
/// <param name="Name">Last segment of the URL, for example <c>log</c>.</param>
/// <param name="Group">Group of <paramref name="Kind"/>.</param>
/// <param name="Version">Version of <paramref name="Kind"/>.</param>
/// <param name="Kind">Kind of the body or answer.</param>
/// <param name="Verbs">Verbs.</param>
public sealed record ExtraSubresource(string Name, string Group, string Version, string Kind, IReadOnlyList<string> Verbs);
