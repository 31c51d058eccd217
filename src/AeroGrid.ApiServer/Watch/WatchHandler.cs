using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Watch;

/// <summary>
/// Answers watches (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes). A watch holds nothing but the
/// revision up to which it has told everything; see <see cref="ChangeFeed"/>. Thread-safe.
/// </summary>
internal sealed class WatchHandler(ObjectStore store, ReadHandler reads, TimeProvider time)
{
    private const string InitialEventsEnd = "k8s.io/initial-events-end";

    private static readonly TimeSpan BookmarkPeriod = TimeSpan.FromMinutes(1);

    /// <summary>Tells changes until the time is over or the client or server goes away.</summary>
    public async Task WatchAsync(HttpContext context, ResourceDefinition definition, ListOptions options, CancellationToken stopping)
    {
        var format = ResponseFormat.Of(context) with { Yaml = false };
        var renderer = reads.Renderer(context, definition, format);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-cache, private";
        var session = new Session(store, definition, options, renderer, context.Response.BodyWriter);
        try
        {
            await session.SendInitialAsync(ending.Token);

            // The client learns that the watch runs before anything happens.
            await context.Response.BodyWriter.FlushAsync(ending.Token);
            await FollowAsync(session, options, ending.Token);
        }
        catch (CompactedException e)
        {
            session.WriteError(ApiException.Expired(e.Message));
            await context.Response.BodyWriter.FlushAsync(ending.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            // The server ends: the stream ends properly, and clients come back.
        }
    }

    private async Task FollowAsync(Session session, ListOptions options, CancellationToken cancellationToken)
    {
        // Clients that do not say how long they stay leave at different times, not all at once.
        var timeout = options.Timeout ?? TimeSpan.FromSeconds(RandomNumberGenerator.GetInt32(1800, 3600));
        var end = time.GetUtcNow() + timeout;
        var bookmark = time.GetUtcNow() + BookmarkPeriod;
        while (true)
        {
            var next = session.NextAsync();
            await session.SendChangesAsync(cancellationToken);
            var now = time.GetUtcNow();
            if (now >= end)
            {
                await session.SendBookmarkAsync(cancellationToken);
                return;
            }

            if (now >= bookmark)
            {
                await session.SendBookmarkAsync(cancellationToken);
                bookmark = now + BookmarkPeriod;
            }

            var wait = options.Bookmarks && bookmark < end ? bookmark - now : end - now;
            await next.WaitAsync(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>One watch.</summary>
    private sealed class Session(ObjectStore store, ResourceDefinition definition, ListOptions options, ObjectRenderer renderer, PipeWriter output)
    {
        private const int FlushFrom = 64 * 1024;

        private long _revision;

        public Task NextAsync() => store.Feed.NextAsync(definition.StorageKey);

        /// <summary>Tells what exists, where the client asked for that, and sets the revision from which changes are told.</summary>
        public async Task SendInitialAsync(CancellationToken cancellationToken)
        {
            var (newest, compacted) = store.Bounds();
            var from = options.ResourceVersion ?? 0;
            if (from > newest || (from > 0 && from < compacted))
            {
                // Forgotten, or from another history, for example of a data folder that was reset: the client has to list again.
                throw new CompactedException(from, from > newest ? newest : compacted);
            }

            var sendsState = options.SendInitialEvents ?? from == 0;
            if (!sendsState)
            {
                _revision = from == 0 ? newest : from;
                return;
            }

            var pending = 0;
            foreach (var stored in store.Enumerate(new PageQuery(definition.StorageKey, options.Selection.Namespace, newest)).Where(options.Selection.Matches))
            {
                pending += stored.Value.Length;
                WriteEvent("ADDED"u8, stored, stored.Revision);
                if (pending > FlushFrom)
                {
                    pending = 0;
                    await output.FlushAsync(cancellationToken);
                }
            }

            _revision = newest;
            if (options is { SendInitialEvents: true, Bookmarks: true })
            {
                WriteBookmark(new JsonObject { [InitialEventsEnd] = "true" });
            }
        }

        /// <summary>Tells everything that happened since.</summary>
        public async Task SendChangesAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                var (changes, upTo) = store.ChangesAfter(definition.StorageKey, _revision);
                var written = false;
                foreach (var change in changes)
                {
                    written |= Write(change);
                }

                _revision = upTo;
                if (written)
                {
                    await output.FlushAsync(cancellationToken);
                }

                if (changes.Count == 0)
                {
                    return;
                }
            }
        }

        public async Task SendBookmarkAsync(CancellationToken cancellationToken)
        {
            if (options.Bookmarks)
            {
                WriteBookmark(annotations: null);
                await output.FlushAsync(cancellationToken);
            }
        }

        public void WriteError(ApiException error)
        {
            output.Write("{\"type\":\"ERROR\",\"object\":"u8);
            output.Write(JsonSerializer.SerializeToUtf8Bytes(StatusDocument.Failure(error)));
            output.Write("}\n"u8);
        }

        /// <summary>An object that begins or ceases to match the selectors appears or disappears for this client.</summary>
        private bool Write(Change change)
        {
            var (before, after) = (options.Selection.Matches(change.Old), options.Selection.Matches(change.New));
            switch (before, after)
            {
                case (false, true):
                    WriteEvent("ADDED"u8, change.New!, change.Revision);
                    return true;
                case (true, true):
                    WriteEvent("MODIFIED"u8, change.New!, change.Revision);
                    return true;
                case (true, false):
                    WriteEvent("DELETED"u8, change.Old!, change.Revision);
                    return true;
                default:
                    return false;
            }
        }

        private void WriteEvent(ReadOnlySpan<byte> type, StoredObject stored, long revision)
        {
            output.Write("{\"type\":\""u8);
            output.Write(type);
            output.Write("\",\"object\":"u8);
            renderer.WriteObject(output, stored, revision);
            output.Write("}\n"u8);
        }

        private void WriteBookmark(JsonObject? annotations)
        {
            var metadata = new JsonObject { ["resourceVersion"] = $"{_revision}", ["creationTimestamp"] = null };
            if (annotations is not null)
            {
                metadata["annotations"] = annotations;
            }

            output.Write("{\"type\":\"BOOKMARK\",\"object\":"u8);
            renderer.WriteBookmark(output, metadata);
            output.Write("}\n"u8);
        }
    }
}
