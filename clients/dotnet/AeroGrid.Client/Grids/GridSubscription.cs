using System.Runtime.CompilerServices;
using AeroGrid.Client.Errors;
using AeroGrid.Client.Http;
using V1 = AeroGrid.Grids.V1;

namespace AeroGrid.Client.Grids;

/// <summary>
/// One subscription over as many connections as it takes. It goes on from its last position; where that is not possible (another epoch, or the
/// connection broke inside of a snapshot) the server sends a snapshot again. Used by one reader, once.
/// </summary>
internal sealed class GridSubscription(GridConnector connector, string grid, GridOptions options)
{
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
    private readonly GridProgress _progress = new(options.ResumeFrom);

    /// <summary>The changes, until cancelled or until something happens that waiting does not mend.</summary>
    public async IAsyncEnumerable<GridChange> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var retries = options.WaitForApp;
        string? rejectedToken = null;
        while (true)
        {
            var heard = false;
            string? token = null;
            var (stream, failure) = await GridStream.OpenAsync(connector, Request(), rejectedToken, cancellationToken).ConfigureAwait(false);
            if (stream is not null)
            {
                using (stream)
                {
                    token = stream.Token;
                    while (true)
                    {
                        (var message, failure) = await stream.NextAsync(cancellationToken).ConfigureAwait(false);
                        if (failure is not null)
                        {
                            break;
                        }

                        if (!heard)
                        {
                            (heard, retries, rejectedToken) = (true, true, null);
                            _backoff.Reset();
                        }

                        if (Take(message!, out failure) is not { } changes)
                        {
                            break;
                        }

                        foreach (var change in changes)
                        {
                            yield return change;
                        }
                    }
                }
            }

            // A token that ended: once more with another one. A new one that is refused as well is the end.
            var renews = failure is SignInException && token is not null && rejectedToken is null;
            if (renews)
            {
                rejectedToken = token;
                if (!heard)
                {
                    continue;
                }
            }
            else if (!retries || !GridFailure.IsTransient(failure!))
            {
                throw failure!;
            }

            var pause = _backoff.Next();
            yield return new GridConnectionLost(failure!, pause);
            _progress.Disconnected();
            await Task.Delay(pause, connector.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private V1.SubscribeRequest Request() => new()
    {
        Grid = grid,
        Columns = { options.Columns },
        KeyPrefix = options.KeyPrefix,
        MaxUpdatesPerSecond = options.MaxUpdatesPerSecond ?? 0,
        ResumeFrom = WireReader.Position(_progress.Position),
    };

    /// <summary>What a message changes; null, with the reason, when it breaks the contract. The next connection begins with a snapshot then.</summary>
    private List<GridChange>? Take(V1.SubscribeResponse message, out AeroGridException? failure)
    {
        try
        {
            failure = null;
            return _progress.Take(message);
        }
        catch (InvalidDataException e)
        {
            _progress.Forget();
            failure = new UnreachableException($"{connector.Name} sends what cannot be: {e.Message}; is it of another version?", e);
            return null;
        }
    }
}
