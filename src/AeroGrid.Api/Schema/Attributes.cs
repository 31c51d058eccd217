namespace AeroGrid.Api.Schema;

/// <summary>Marks a kind whose objects belong to no namespace.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ClusterScopedAttribute : Attribute;

/// <summary>Another name for the kind on the command line, for example <c>kubectl get rt</c>.</summary>
/// <param name="name">Lower-case letters.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class ShortNameAttribute(string name) : Attribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;
}

/// <summary>A column of <c>kubectl get</c>, in the order of the attributes.</summary>
/// <param name="name">The heading; kubectl shows it in capitals.</param>
/// <param name="type">string, integer, number, boolean or date.</param>
/// <param name="jsonPath">Where the value is, for example <c>.status.phase</c>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PrinterColumnAttribute(string name, string type, string jsonPath) : Attribute
{
    /// <summary>The heading.</summary>
    public string Name { get; } = name;

    /// <summary>string, integer, number, boolean or date.</summary>
    public string Type { get; } = type;

    /// <summary>Where the value is.</summary>
    public string JsonPath { get; } = jsonPath;

    /// <summary>Shown by <c>-o wide</c> only.</summary>
    public bool Wide { get; init; }
}

/// <summary>The <c>scale</c> subresource, which <c>kubectl scale</c> and autoscalers use.</summary>
/// <param name="specPath">The JSON path of the wanted number.</param>
/// <param name="statusPath">The JSON path of the present number.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ScaleAttribute(string specPath, string statusPath) : Attribute
{
    /// <summary>The JSON path of the wanted number.</summary>
    public string SpecPath { get; } = specPath;

    /// <summary>The JSON path of the present number.</summary>
    public string StatusPath { get; } = statusPath;
}

/// <summary>A rule in the Common Expression Language that the API server evaluates on every write (x-kubernetes-validations).</summary>
/// <param name="rule">The expression; <c>self</c> is the value. It must be true.</param>
/// <param name="message">What a person reads when it is not: what is wrong and what would be right.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, AllowMultiple = true)]
public sealed class CelRuleAttribute(string rule, string message) : Attribute
{
    /// <summary>The expression.</summary>
    public string Rule { get; } = rule;

    /// <summary>What a person reads.</summary>
    public string Message { get; } = message;
}

/// <summary>A list whose items are told apart by a key: two items with the same key are refused, and managers can own single items.</summary>
/// <param name="key">The JSON name of the key field.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListKeyAttribute(string key) : Attribute
{
    /// <summary>The JSON name of the key field.</summary>
    public string Key { get; } = key;
}
