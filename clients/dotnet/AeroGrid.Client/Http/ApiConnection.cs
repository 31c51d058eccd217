using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AeroGrid.Client.Errors;
using AeroGrid.Client.Tokens;

namespace AeroGrid.Client.Http;

/// <summary>Requests to the platform's API, each with a token; one that is refused is renewed once. Thread-safe.</summary>
internal sealed class ApiConnection(HttpMessageInvoker http, Uri address, ITokenProvider? tokens, TimeProvider time)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Sends a request and reads the answer.</summary>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, Body? body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var response = await SendAsync(method, path, body, both.Token).ConfigureAwait(false);
            await using var stream = await response.Content.ReadAsStreamAsync(both.Token).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync(stream, type, both.Token).ConfigureAwait(false)
                ?? throw new AeroGridException($"{address} answered null to {method} {path}");
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new UnreachableException($"{address} did not answer within {Timeout.TotalSeconds:0} s; try again later", e);
        }
        catch (JsonException e)
        {
            throw new AeroGridException($"{address} does not answer {method} {path} as a platform does; check the address", e);
        }
        catch (Exception e) when (e is IOException or HttpIOException)
        {
            throw new UnreachableException($"the connection to {address} broke; try again", e);
        }
    }

    /// <summary>Sends a request. The caller reads and disposes the answer, which is a success.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, Body? body, CancellationToken cancellationToken)
    {
        string? rejected = null;
        while (true)
        {
            var token = tokens is null
                ? null
                : (await tokens.GetTokenAsync(new TokenRequest(TokenAudiences.Api, rejected), cancellationToken).ConfigureAwait(false)).Value;
            var response = await SendOnceAsync(method, path, body, token, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                if (response.StatusCode == HttpStatusCode.Unauthorized && token is not null && rejected is null)
                {
                    rejected = token;
                    continue;
                }

                throw await ApiFailure.ReadAsync(response, address, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, string path, Body? body, string? token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri($"{address.ToString().TrimEnd('/')}/{path}"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.UserAgent.Add(UserAgent.Value);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(body.Json) { Headers = { ContentType = new MediaTypeHeaderValue(body.MediaType) } };
        }

        try
        {
            return await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new UnreachableException(
                e.InnerException is SocketException ? $"{address} cannot be reached; is the platform running?" : $"{address} does not answer: {e.Message}", e);
        }
    }
}

/// <summary>The body of a request.</summary>
/// <param name="Json">The text, in UTF-8.</param>
/// <param name="MediaType">What it means.</param>
internal sealed record Body(byte[] Json, string MediaType = "application/json");
