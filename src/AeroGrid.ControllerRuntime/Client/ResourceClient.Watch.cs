using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

using k8s;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Client;

/// <content>Watches: one line of JSON for each event, as it comes.</content>
public sealed partial class ResourceClient
{
    private const int MaximumLine = 64 * 1024 * 1024;

    // Zero-byte reads: a quiet watch holds no buffer while it waits.
    private static readonly StreamPipeReaderOptions PipeOptions = new(bufferSize: 16 * 1024, minimumReadSize: 4096, useZeroByteReads: true);

    /// <summary>
    /// The changes of a selection, until the server ends the watch (normally after <see cref="WatchRequest.Timeout"/>). The caller
    /// decides how to go on; <c>Informer</c> does that for those who want the state and not the stream.
    /// </summary>
    /// <exception cref="KubernetesApiException">The server refused the watch; <see cref="KubernetesApiException.IsGone"/> asks for a new list.</exception>
    /// <exception cref="WatchFormatException">A line of the stream is not a watch event; later lines can't be trusted.</exception>
    /// <exception cref="TimeoutException">The server did not end the watch in time: it may be dead.</exception>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        WatchRequest watch, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        ArgumentNullException.ThrowIfNull(watch);
        var type = ResourceTypes.Of<T>();
        var query = new QueryBuilder();
        query.Add("watch", "true");
        query.Add("allowWatchBookmarks", "true");
        query.Add("resourceVersion", watch.ResourceVersion);
        query.Add("labelSelector", watch.LabelSelector);
        query.Add("fieldSelector", watch.FieldSelector);
        query.Add("timeoutSeconds", $"{Math.Max(1, (long)watch.Timeout.TotalSeconds)}");
        var path = type.CollectionPath(watch.Namespace) + query;

        using var deadline = new Deadline(watch.Timeout + watch.Grace, options.TimeProvider, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await OpenAsync(request, watch, deadline).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false);
        var lines = PipeReader.Create(stream, PipeOptions);
        try
        {
            while (true)
            {
                var read = await ReadMoreAsync(lines, path, watch, deadline).ConfigureAwait(false);
                var buffer = read.Buffer;
                while (TryReadLine(ref buffer, out var line))
                {
                    if (!IsBlank(line))
                        yield return WatchEventReader.Read<T>(line, type);
                }

                if (buffer.Length > MaximumLine)
                    throw new WatchFormatException($"GET {path}: a line is longer than {MaximumLine} bytes.", null);
                lines.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                {
                    if (!IsBlank(buffer))
                        throw new WatchFormatException($"GET {path}: the stream ended in the middle of a line.", null);
                    yield break;
                }
            }
        }
        finally
        {
            await lines.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, WatchRequest watch, Deadline deadline)
    {
        try
        {
            var response = await SendAsync(request, deadline.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
            {
                throw await ReadFailureAsync(response, request, deadline.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e) when (deadline.Passed)
        {
            throw Silent(request.RequestUri!.OriginalString, watch, e);
        }
    }

    private static async ValueTask<ReadResult> ReadMoreAsync(PipeReader lines, string path, WatchRequest watch, Deadline deadline)
    {
        try
        {
            return await lines.ReadAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (deadline.Passed)
        {
            throw Silent(path, watch, e);
        }
    }

    private static TimeoutException Silent(string path, WatchRequest watch, Exception inner) => new(
        $"GET {path}: the server did not end the watch {watch.Grace.TotalSeconds:0.#} s after its time of {watch.Timeout.TotalSeconds:0.#} s.",
        inner);

    private static bool TryReadLine(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is not { } end)
        {
            line = default;
            return false;
        }

        line = buffer.Slice(0, end);
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        return true;
    }

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var segment in line)
        {
            if (segment.Span.IndexOfAnyExcept(" \t\r\n"u8) >= 0)
                return false;
        }

        return true;
    }
}
