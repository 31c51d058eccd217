namespace AeroGrid.ApiServer.OpenApi;

/// <summary>The two forms of OpenAPI that Kubernetes serves.</summary>
internal enum OpenApiDialect
{
    /// <summary>Swagger 2.0: one document for everything.</summary>
    V2,

    /// <summary>OpenAPI 3.0: one document a group version.</summary>
    V3,
}
