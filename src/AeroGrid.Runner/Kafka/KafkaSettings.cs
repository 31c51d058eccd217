namespace AeroGrid.Runner.Kafka;

/// <summary>
/// Settings of librdkafka from the environment: <c>KAFKA_SASL_USERNAME</c> is the property <c>sasl.username</c>, as other container images have it.
/// </summary>
internal static class KafkaSettings
{
    private const string Prefix = "KAFKA_";

    private static readonly string[] Owned =
    [
        "bootstrap.servers", "metadata.broker.list", "group.id", "group.instance.id", "enable.auto.commit", "enable.auto.offset.store",
        "auto.offset.reset", "enable.partition.eof", "auto.commit.interval.ms", "client.id",
    ];

    /// <summary>Properties that make librdkafka load or run code.</summary>
    private static readonly string[] LoadsCode =
    [
        "plugin.library.paths", "ssl.engine.location", "ssl.engine.id", "ssl.providers", "sasl.kerberos.kinit.cmd", "opaque", "interceptors",
    ];

    /// <summary>Whether a variable of this name is one of these settings; the app's code does not get them.</summary>
    public static bool IsSetting(string variable) => variable.StartsWith(Prefix, StringComparison.Ordinal) && variable.Length > Prefix.Length;

    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidSettingException">One that may not be set.</exception>
    public static Dictionary<string, string> Read(IReadOnlyDictionary<string, string> environment)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (variable, value) in environment)
        {
            if (!IsSetting(variable))
                continue;
            var property = variable[Prefix.Length..].ToLowerInvariant().Replace('_', '.');
            if (Owned.Contains(property))
                throw new InvalidSettingException($"{variable}: the platform sets {property} itself (the broker's address belongs into aerogrid.App(broker=…)); remove the variable.");
            if (LoadsCode.Contains(property) || property.EndsWith("_cb", StringComparison.Ordinal))
                throw new InvalidSettingException($"{variable}: {property} loads code into the platform's process and is not allowed; remove the variable.");
            properties[property] = value;
        }

        return properties;
    }
}

/// <summary>A variable of the environment that cannot be used; the message says which and what to do.</summary>
internal sealed class InvalidSettingException(string message) : Exception(message);
