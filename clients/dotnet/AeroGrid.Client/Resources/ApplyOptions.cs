namespace AeroGrid.Client.Resources;

/// <summary>How a server-side apply is made (Kubernetes documentation, "Server-Side Apply").</summary>
/// <param name="FieldManager">Who writes: fields that this manager applied before and does not now are removed.</param>
/// <param name="Force">Takes fields over that others have written, instead of a <see cref="Errors.ConflictException"/>.</param>
public sealed record ApplyOptions(string FieldManager, bool Force = false);
