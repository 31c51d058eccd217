using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Protocol;

/// <summary>Where an app's consumers begin.</summary>
internal enum StartMode
{
    Beginning,
    Committed,
    End,
}

/// <summary>Type of a topic's keys.</summary>
internal enum KeyType
{
    Text,
    Int,
    Bytes,
    Json,
}

/// <summary>Type of a topic's values.</summary>
internal enum ValueType
{
    Json,
    Text,
    Bytes,
}

/// <summary>A topic that the app reads.</summary>
internal sealed record TopicDefinition(string Name, KeyType Key, ValueType Value);

/// <summary>A function of the app that gets every record of a topic.</summary>
internal sealed record StreamDefinition(int Id, string Topic, string Function);

/// <summary>What the app is, checked.</summary>
internal sealed record Hello(
    string App,
    string? Broker,
    StartMode Start,
    IReadOnlyList<TopicDefinition> Topics,
    IReadOnlyList<GridDefinition> Grids,
    IReadOnlyList<StreamDefinition> Streams);
