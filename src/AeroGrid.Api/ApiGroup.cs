namespace AeroGrid.Api;

/// <summary>The API group of AeroGrid's resources.</summary>
public static class ApiGroup
{
    /// <summary>The group's name.</summary>
    public const string Name = "aerogrid.io";

    /// <summary>The version that is served and stored.</summary>
    public const string Version = "v1alpha1";

    /// <summary>The field manager under which the operator applies objects (Kubernetes documentation, "Server-Side Apply").</summary>
    public const string FieldManager = "aerogrid-operator";
}
