using System.Text.Json;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Kafka;
using AeroGrid.Runner.Metrics;
using AeroGrid.Runner.Protocol;
using AeroGrid.Runner.Supervision;

using Confluent.Kafka;

namespace AeroGrid.Runner.Sessions;

/// <summary>What sessions share.</summary>
internal sealed record SessionContext(
    GridDirectory Grids,
    MemoryBudget Budget,
    ErrorGrid Errors,
    AppState State,
    RunnerMetrics Metrics,
    IReadOnlyDictionary<string, string> KafkaSettings,
    string Group,
    TimeProvider Time);

/// <summary>
/// One life of the app's Python, from <c>hello</c> to the end of its connection. Everything that it sends is checked: what is wrong ends the
/// session.
/// </summary>
internal sealed class Session(SessionContext context, SdkConnection connection, bool stage) : ISessionObserver, IAsyncDisposable
{
    private readonly Dictionary<int, (TopicFeed Feed, StreamWindow Window)> streams = [];
    private readonly List<TopicFeed> feeds = [];
    private readonly TaskCompletionSource<Hello> hello = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SessionGrids? grids;
    private volatile bool isWatching;

    /// <summary>What the app is; cancelled when the connection ended before it said so.</summary>
    public Task<Hello> Hello => hello.Task;

    /// <summary>Completes when the app has handled what was in its topics when the session began.</summary>
    public Task CaughtUp => caughtUp.Task;

    /// <summary>What the app's code raised, when it did.</summary>
    public AppFailure? Failure { get; private set; }

    /// <summary>What the app last said about itself; null before it did.</summary>
    public AliveReport? Alive { get; private set; }

    public IReadOnlyList<TopicFeed> Feeds => feeds;

    /// <summary>Handles what the app sends until it closes the connection.</summary>
    /// <exception cref="ProtocolException">It sent something that is not allowed.</exception>
    /// <exception cref="GridsTooLargeException">Its grids take too much memory.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await connection.ReadAsync(cancellationToken) is { } frame)
                Handle(frame);
        }
        catch (JsonException e)
        {
            throw new ProtocolException($"a frame that is not JSON: {e.Message}");
        }
        finally
        {
            hello.TrySetCanceled(CancellationToken.None);
        }
    }

    /// <summary>Asks the app to end.</summary>
    public void Stop(string reason) => connection.SendStop(reason);

    /// <summary>Makes the rows of this session those that subscribers see.</summary>
    public void Publish() => grids?.Publish([ErrorGrid.Definition]);

    /// <inheritdoc/>
    public void Progressed()
    {
        if (isWatching && feeds.TrueForAll(f => f.Progress.IsCaughtUp))
            caughtUp.TrySetResult();
    }

    /// <inheritdoc/>
    public void SourceIs(string topic, string? problem) => context.State.SourceIs(topic, problem);

    /// <inheritdoc/>
    public void Rejected(string topic, ConsumeResult<byte[]?, byte[]?> record, string message, string? field) =>
        Reject(topic, record.Partition.Value, record.Offset.Value, record, message, field);

    public async ValueTask DisposeAsync()
    {
        foreach (var feed in feeds)
            feed.Dispose();
        grids?.Discard();
        await connection.DisposeAsync();
    }

    private void Handle(ReadOnlyMemory<byte> frame)
    {
        var type = MessageType.Of(frame.Span);
        if (type == "changes")
        {
            var target = grids ?? throw BeforeHello(type);
            foreach (var (grid, change) in ChangesParser.Parse(frame.Span, target.Find))
                target.Apply(grid, change);
            return;
        }

        using var document = JsonDocument.Parse(frame);
        var message = document.RootElement;
        switch (type)
        {
            case "hello" when grids is null:
                Begin(HelloParser.Parse(message));
                break;
            case "hello":
                throw new ProtocolException("a second hello");
            case "ack":
                Acknowledge(message);
                break;
            case "reject":
                Reject(message);
                break;
            case "failed":
                Failure = ParseFailure(message);
                break;
            case "alive":
                Alive = new AliveReport(message.Seconds("lag"), ParsePlace(message), context.Time.GetTimestamp());
                break;
            default:
                throw new ProtocolException($"a message of the unknown type \"{Excerpt.Of(type)}\"");
        }
    }

    private void Begin(Hello said)
    {
        grids = new SessionGrids(context.Grids, context.Budget, said.Grids, stage);
        if (!stage)
            context.Grids.Define([.. said.Grids, ErrorGrid.Definition]);
        foreach (var topic in said.Topics)
        {
            List<StreamWindow> windows = [.. said.Streams.Where(s => s.Topic == topic.Name).Select((s, index) => new StreamWindow(s, index))];
            if (windows.Count == 0)
                continue;
            var options = new TopicReaderOptions(topic, said.Broker!, context.Group, said.Start, context.KafkaSettings);
            var feed = new TopicFeed(options, windows, connection, this, context.Time);
            feeds.Add(feed);
            foreach (var window in windows)
                streams.Add(window.Definition.Id, (feed, window));
        }

        connection.SendWelcome();
        isWatching = true;
        foreach (var feed in feeds)
            feed.Start();
        hello.TrySetResult(said);
        Progressed();
    }

    private void Acknowledge(JsonElement message)
    {
        var (feed, window) = FindStream(message);
        var count = feed.Acknowledge(window, message.Integer("batch", 0, long.MaxValue));
        context.Metrics.Handled(feed.Topic, count, message.Seconds("seconds"));
    }

    private void Reject(JsonElement message)
    {
        var (feed, window) = FindStream(message);
        var partition = (int)message.Integer("partition", 0, int.MaxValue);
        var offset = message.Integer("offset", 0, long.MaxValue);
        var record = window.Find(partition, offset) ?? throw new ProtocolException($"a reject of record {partition}/{offset} of topic {feed.Topic}, which stream {window.Definition.Id} does not have");
        Reject(feed.Topic, partition, offset, record, message.Text("message"), message.OptionalText("field"));
    }

    private void Reject(string topic, int partition, long offset, ConsumeResult<byte[]?, byte[]?> record, string reason, string? field)
    {
        context.Metrics.Rejected(topic);
        if (context.Grids.TryFind(ErrorGrid.Name, out var grid))
            context.Errors.Add(grid, topic, partition, offset, record, reason, field);
    }

    private (TopicFeed Feed, StreamWindow Window) FindStream(JsonElement message)
    {
        var id = (int)message.Integer("stream", 0, int.MaxValue);
        return streams.TryGetValue(id, out var stream) ? stream : throw new ProtocolException($"stream {id}, which hello did not name");
    }

    private static AppFailure ParseFailure(JsonElement message)
    {
        var text = message.OptionalText("message");
        var exception = message.OptionalText("exception") ?? "Exception";
        return new AppFailure(
            Excerpt.Of(string.IsNullOrEmpty(text) ? exception : $"{exception}: {text}", 2000),
            ParsePlace(message),
            message.OptionalText("traceback") is { } traceback ? Excerpt.Of(traceback, 16_000) : null);
    }

    private static CodePlace? ParsePlace(JsonElement message) =>
        message.OptionalText("file") is { Length: > 0 } file && message.TryGetProperty("line", out var line) && line.ValueKind == JsonValueKind.Number
            && line.TryGetInt32(out var number) && number > 0
            ? new CodePlace(Excerpt.Of(file, 500), number)
            : null;

    private static ProtocolException BeforeHello(string type) => new($"{type} before hello");
}

/// <summary>The app's thread that watches its event loop has spoken.</summary>
/// <param name="Lag">Seconds since the event loop last ran.</param>
/// <param name="Place">Where the code is, when it has been there for long.</param>
/// <param name="HeardAt">Timestamp of the time provider.</param>
internal sealed record AliveReport(double Lag, CodePlace? Place, long HeardAt);
