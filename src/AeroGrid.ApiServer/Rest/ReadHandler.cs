using System.Buffers;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Storage;
using AeroGrid.ApiServer.Tables;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Answers get and list. Thread-safe.</summary>
internal sealed class ReadHandler(ObjectStore store, TimeProvider time)
{
    /// <summary>Answers with one object, or 304-free 404.</summary>
    public Task GetAsync(HttpContext context, ResourceDefinition definition, ObjectKey key)
    {
        var stored = store.Get(key) ?? throw ApiException.NotFound(definition.Group, definition.Plural, key.Name);
        return WriteAsync(context, 200, definition, stored);
    }

    /// <summary>Answers with one object in the form that the client asked for.</summary>
    public Task WriteAsync(HttpContext context, int status, ResourceDefinition definition, StoredObject stored)
    {
        var format = ResponseFormat.Of(context);
        var buffer = new ArrayBufferWriter<byte>(stored.Value.Length + 256);
        Renderer(context, definition, format).WriteObject(buffer, stored, stored.Revision);
        return ResponseBody.WriteAsync(context, status, buffer.WrittenMemory, format.Yaml);
    }

    /// <summary>The renderer of the form that the client asked for.</summary>
    public ObjectRenderer Renderer(HttpContext context, ResourceDefinition definition, ResponseFormat format) => format.Shape switch
    {
        ResponseShape.Table => new TableRenderer(definition, ReadInclude(context), time.GetUtcNow()),
        ResponseShape.Metadata => new MetadataRenderer(),
        _ => new FullRenderer(definition),
    };

    /// <summary>Answers with a list.</summary>
    public async Task ListAsync(HttpContext context, ResourceDefinition definition, ListOptions options)
    {
        var format = ResponseFormat.Of(context);
        var query = Start(definition, options);
        var renderer = Renderer(context, definition, format);
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        renderer.WriteListStart(buffer);

        Stream? stream = null;
        try
        {
            var count = 0;
            ContinueToken? next = null;
            long? remaining = null;
            foreach (var stored in Select(query, options))
            {
                if (options.Limit > 0 && count == options.Limit)
                {
                    next = new ContinueToken(query.Revision, query.AfterNamespace, query.AfterName);
                    remaining = options.Selection.IsEverything ? store.Count(query) : null;
                    break;
                }

                renderer.WriteItem(buffer, stored);
                query = query.After(stored.Key);
                count++;
                if (buffer.WrittenCount > 1 << 20 && !format.Yaml)
                {
                    stream ??= StartStream(context);
                    await stream.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
                    buffer.ResetWrittenCount();
                }
            }

            renderer.WriteListEnd(buffer, Metadata(query.Revision, next, remaining));
            if (stream is null)
            {
                await ResponseBody.WriteAsync(context, 200, buffer.WrittenMemory, format.Yaml);
            }
            else
            {
                await stream.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
            }
        }
        finally
        {
            if (stream is not null && stream != context.Response.Body)
            {
                await stream.DisposeAsync();
            }
        }
    }

    /// <summary>The objects of a list, from where it starts.</summary>
    public IEnumerable<StoredObject> Select(PageQuery query, ListOptions options)
    {
        var selection = options.Selection;
        if (selection.Fields.SingleName is { } name && selection.Namespace is { } namespaceName && options is { Match: VersionMatch.Unset, Continue: "" })
        {
            var stored = store.Get(new ObjectKey(query.Resource, namespaceName, name));
            return selection.Matches(stored) ? [stored!] : [];
        }

        var all = store.Enumerate(query, options.Limit is > 0 and < 500 ? options.Limit + 1 : 500);
        return selection.IsEverything ? all : all.Where(selection.Matches);
    }

    /// <summary>Where a list starts and the state of which revision it shows.</summary>
    /// <exception cref="ApiException">410: that state is no longer kept; 504: there is no such state yet.</exception>
    public PageQuery Start(ResourceDefinition definition, ListOptions options)
    {
        var (newest, compacted) = store.Bounds();
        if (options.Continue.Length > 0)
        {
            var token = ContinueToken.Parse(options.Continue);
            return token.Revision < compacted || token.Revision > newest
                ? throw ApiException.Expired("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.")
                : new PageQuery(definition.StorageKey, options.Selection.Namespace, token.Revision, token.Namespace, token.Name);
        }

        var wanted = options.ResourceVersion ?? 0;
        if (wanted > newest)
        {
            throw TooNew(wanted, newest);
        }

        // A limit with a version means exactly that version, as in Kubernetes before resourceVersionMatch existed.
        var exact = options.Match == VersionMatch.Exact || (options.Match == VersionMatch.Unset && options.Limit > 0 && wanted > 0);
        if (exact && wanted < compacted)
        {
            throw ApiException.Expired($"The resourceVersion for the provided list is too old: {wanted} ({compacted})");
        }

        return new PageQuery(definition.StorageKey, options.Selection.Namespace, exact ? wanted : newest);
    }

    /// <summary>504: clients with a version of the future try again and then start anew.</summary>
    private static ApiException TooNew(long wanted, long newest) =>
        new(504, "Timeout", $"Too large resource version: {wanted}, current: {newest}")
        {
            RetryAfterSeconds = 1,
            Causes = [new Schemas.FieldError("", "ResourceVersionTooLarge", "Too large resource version")],
        };

    private static JsonObject Metadata(long revision, ContinueToken? next, long? remaining)
    {
        var metadata = new JsonObject { ["resourceVersion"] = $"{revision}" };
        if (next is not null)
        {
            metadata["continue"] = next.ToString();
        }

        if (remaining is not null)
        {
            metadata["remainingItemCount"] = remaining;
        }

        return metadata;
    }

    private static Stream StartStream(HttpContext context)
    {
        context.Response.StatusCode = 200;
        context.Response.ContentType = "application/json";
        return ResponseBody.AcceptsGzip(context) ? ResponseBody.Compress(context) : context.Response.Body;
    }

    private static IncludeObject ReadInclude(HttpContext context) => context.Request.Query["includeObject"].ToString() switch
    {
        "" or "Metadata" => IncludeObject.Metadata,
        "None" => IncludeObject.None,
        "Object" => IncludeObject.Object,
        var other => throw ApiException.BadRequest($"includeObject must be None, Metadata or Object, not \"{other}\""),
    };
}
