using AeroGrid.ApiServer.CustomResources;
using AeroGrid.ApiServer.Events;
using AeroGrid.ApiServer.Resources.BuiltIn.Columns;
using AeroGrid.ApiServer.Resources.BuiltIn.Rules;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Resources.BuiltIn;

/// <summary>Every resource that is served without a CustomResourceDefinition.</summary>
internal static class BuiltInResources
{
    private static readonly string[] CreateOnly = ["create"];

    // Fields of the reference to what an event is about.
    private static readonly string[] AboutFields = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

    /// <summary>All definitions.</summary>
    public static IReadOnlyList<ResourceDefinition> All { get; } =
    [
        .. Core(), .. Workloads(), .. Networking(), .. Access(), .. Virtual(),
        Stored("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", "V1CustomResourceDefinition", namespaced: false, rules: new CustomResourceDefinitionRules()) with
        {
            ShortNames = ["crd", "crds"], Categories = ["api-extensions"], HasStatus = true, HasGeneration = true, Columns = [Column.CreatedAt],
        },
    ];

    private static IEnumerable<ResourceDefinition> Core() =>
    [
        Stored("", "v1", "Namespace", "namespaces", "V1Namespace", namespaced: false, Names.Label, new NamespaceRules()) with
        {
            ShortNames = ["ns"], HasStatus = true, Columns = ClusterColumns.Namespace, SelectableFields = [new("status.phase"), new("name") { Paths = ["metadata.name"] }],
            Subresources = [new ExtraSubresource("finalize", "", "v1", "Namespace", ["update"])],
            // Deleting all namespaces at once is not offered, as in Kubernetes.
            Verbs = ["create", "delete", "get", "list", "patch", "update", "watch"],
        },
        Stored("", "v1", "ConfigMap", "configmaps", "V1ConfigMap", rules: new ConfigMapRules()) with { ShortNames = ["cm"], Columns = ClusterColumns.ConfigMap },
        Stored("", "v1", "Secret", "secrets", "V1Secret", rules: new SecretRules()) with { Columns = ClusterColumns.Secret, SelectableFields = SelectableField.Texts("type") },
        Stored("", "v1", "Service", "services", "V1Service", nameRule: Names.Rfc1035Label, rules: new ServiceRules()) with
        {
            ShortNames = ["svc"], Categories = ["all"], HasStatus = true, Columns = ClusterColumns.Service,
            SelectableFields = SelectableField.Texts("spec.clusterIP", "spec.type"),
        },
        Stored("", "v1", "ServiceAccount", "serviceaccounts", "V1ServiceAccount") with
        {
            ShortNames = ["sa"], Columns = ClusterColumns.ServiceAccount,
            Subresources = [new ExtraSubresource("token", "authentication.k8s.io", "v1", "TokenRequest", CreateOnly)],
        },
        Stored("", "v1", "Event", "events", "Corev1Event", rules: new EventRules(isCore: true)) with
        {
            ShortNames = ["ev"], Columns = ClusterColumns.Event,
            SelectableFields =
            [
                .. SelectableField.Texts(AboutFields.Select(name => $"involvedObject.{name}")), .. SelectableField.Texts("reason", "reportingComponent", "type"),
                new("source") { Paths = ["source.component", "reportingComponent"] },
            ],
        },
        Stored("", "v1", "Pod", "pods", "V1Pod", rules: new PodRules()) with
        {
            ShortNames = ["po"],
            Subresources =
            [
                new ExtraSubresource("binding", "", "v1", "Binding", CreateOnly), new ExtraSubresource("eviction", "policy", "v1", "Eviction", CreateOnly),
                new ExtraSubresource("log", "", "v1", "Pod", ["get"]),
            ],
            Categories = ["all"], HasStatus = true, HasGeneration = true, Columns = PodColumns.All,
            SelectableFields =
            [
                .. SelectableField.Texts(
                    "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase", "status.podIP", "status.nominatedNodeName"),
                new("spec.hostNetwork", "false"),
            ],
        },
        Stored("", "v1", "Node", "nodes", "V1Node", namespaced: false) with
        {
            ShortNames = ["no"], HasStatus = true, Columns = ClusterColumns.Node, SelectableFields = [new("spec.unschedulable", "false")],
        },
        Stored("", "v1", "ResourceQuota", "resourcequotas", "V1ResourceQuota") with
        {
            ShortNames = ["quota"], HasStatus = true, Columns = ClusterColumns.ResourceQuota,
        },
        Stored("", "v1", "LimitRange", "limitranges", "V1LimitRange", rules: new LimitRangeRules()) with { ShortNames = ["limits"], Columns = [Column.CreatedAt] },
        Stored("events.k8s.io", "v1", "Event", "events", "Eventsv1Event", rules: new EventRules(isCore: false)) with
        {
            ShortNames = ["ev"], Columns = ClusterColumns.Event, StorageKey = EventRepresentation.StorageKey, Representation = new EventRepresentation(),
            SelectableFields = [.. SelectableField.Texts(AboutFields.Select(name => $"regarding.{name}")), .. SelectableField.Texts("reason", "reportingController", "type")],
        },
        Stored("coordination.k8s.io", "v1", "Lease", "leases", "V1Lease") with { Columns = ClusterColumns.Lease },
    ];

    private static IEnumerable<ResourceDefinition> Workloads() =>
    [
        Stored("apps", "v1", "Deployment", "deployments", "V1Deployment", rules: new DeploymentRules()) with
        {
            ShortNames = ["deploy"], Categories = ["all"], HasStatus = true, HasGeneration = true, Columns = WorkloadColumns.Deployment,
            Scale = new ScaleSubresource(".spec.replicas", ".status.replicas", ".spec.selector"),
        },
        Stored("apps", "v1", "ReplicaSet", "replicasets", "V1ReplicaSet", rules: new ReplicaSetRules()) with
        {
            ShortNames = ["rs"], Categories = ["all"], HasStatus = true, HasGeneration = true, Columns = WorkloadColumns.ReplicaSet,
            Scale = new ScaleSubresource(".spec.replicas", ".status.replicas", ".spec.selector"), SelectableFields = [new("status.replicas", "0")],
        },
        Stored("apps", "v1", "ControllerRevision", "controllerrevisions", "V1ControllerRevision", rules: new ControllerRevisionRules()) with
        {
            Columns = WorkloadColumns.ControllerRevision,
        },
        Stored("batch", "v1", "Job", "jobs", "V1Job", rules: new JobRules()) with
        {
            Categories = ["all"], HasStatus = true, HasGeneration = true, Columns = WorkloadColumns.Job, SelectableFields = [new("status.successful", "0") { Paths = ["status.succeeded"] }],
        },
        Stored("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "V2HorizontalPodAutoscaler") with
        {
            ShortNames = ["hpa"], Categories = ["all"], HasStatus = true, Columns = WorkloadColumns.HorizontalPodAutoscaler,
        },
        Stored("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "V1PodDisruptionBudget") with
        {
            ShortNames = ["pdb"], HasStatus = true, HasGeneration = true, Columns = WorkloadColumns.PodDisruptionBudget,
        },
    ];

    private static IEnumerable<ResourceDefinition> Networking() =>
    [
        Stored("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", "V1EndpointSlice", rules: new EndpointSliceRules()) with
        {
            HasGeneration = true, Columns = ClusterColumns.EndpointSlice,
        },
        Stored("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "V1NetworkPolicy", rules: new NetworkPolicyRules()) with
        {
            ShortNames = ["netpol"], HasGeneration = true, Columns = ClusterColumns.NetworkPolicy,
        },
    ];

    private static IEnumerable<ResourceDefinition> Access() =>
    [
        Stored("rbac.authorization.k8s.io", "v1", "Role", "roles", "V1Role", nameRule: Names.PathSegment) with { Columns = ClusterColumns.Role },
        Stored("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", "V1RoleBinding", nameRule: Names.PathSegment, rules: new RoleBindingRules()) with
        {
            Columns = ClusterColumns.RoleBinding,
        },
        Stored("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", "V1ClusterRole", namespaced: false, Names.PathSegment) with
        {
            Columns = ClusterColumns.Role,
        },
        Stored("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", "V1ClusterRoleBinding", namespaced: false, Names.PathSegment, new RoleBindingRules()) with
        {
            Columns = ClusterColumns.RoleBinding,
        },
    ];

    private static IEnumerable<ResourceDefinition> Virtual() =>
    [
        Computed("authentication.k8s.io", "TokenReview", "tokenreviews", "V1TokenReview"),
        Computed("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews", "V1SelfSubjectReview"),
        Computed("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews", "V1SubjectAccessReview"),
        Computed("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews", "V1SelfSubjectAccessReview"),
        Computed("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews", "V1SelfSubjectRulesReview"),
        Computed("authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews", "V1LocalSubjectAccessReview") with { Namespaced = true },
    ];

    private static ResourceDefinition Stored(
        string group, string version, string kind, string plural, string definition, bool namespaced = true,
        Func<string, string?>? nameRule = null, IKindRules? rules = null) => new()
    {
        Group = group,
        Version = version,
        Kind = kind,
        Plural = plural,
        Singular = kind.ToLowerInvariant(),
        Namespaced = namespaced,
        Schema = new StructuralSchema(() => BuiltInSchemas.Get(definition), namespaced, nameRule, rules),
        Columns = [Column.Age],
    };

    private static ResourceDefinition Computed(string group, string kind, string plural, string definition) => new()
    {
        Group = group,
        Version = "v1",
        Kind = kind,
        Plural = plural,
        Singular = kind.ToLowerInvariant(),
        Namespaced = false,
        Verbs = CreateOnly,
        Schema = new StructuralSchema(() => BuiltInSchemas.Get(definition), namespaced: false, hasMetadata: false),
    };
}
