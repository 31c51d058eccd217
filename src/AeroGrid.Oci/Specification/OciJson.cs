using System.Text.Json.Serialization;

namespace AeroGrid.Oci.Specification;

/// <summary>Serializers made at compile time: no reflection at start, and the order of the fields is that of the code.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Descriptor))]
[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(ImageConfiguration))]
[JsonSerializable(typeof(ContainerConfiguration))]
public sealed partial class OciJson : JsonSerializerContext;
