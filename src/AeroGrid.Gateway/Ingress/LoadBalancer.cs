namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// Chooses the less busy one of two endpoints taken by chance ("the power of two choices"): nearly as good as asking all of them, without
/// everybody running to the same one. Endpoints that refused a connection a moment ago, or were tried for this request, come last.
/// </summary>
internal static class LoadBalancer
{
    /// <returns>Null when there are none, or all were tried.</returns>
    public static Endpoint? Choose(Endpoint[] endpoints, IReadOnlyCollection<Endpoint>? tried, TimeProvider time)
    {
        if (endpoints.Length == 0)
            return null;
        if (endpoints.Length == 1)
            return tried is null || !tried.Contains(endpoints[0]) ? endpoints[0] : null;
#pragma warning disable CA5394 // Spreading load needs no secret randomness.
        var first = Random.Shared.Next(endpoints.Length);
        var second = Random.Shared.Next(endpoints.Length - 1);
#pragma warning restore CA5394
        if (second >= first)
            second++;
        var (a, b) = (endpoints[first], endpoints[second]);
        if (IsGood(a, tried, time) && IsGood(b, tried, time))
            return b.Running < a.Running ? b : a;
        return Scan(endpoints, first, tried, time);
    }

    private static bool IsGood(Endpoint endpoint, IReadOnlyCollection<Endpoint>? tried, TimeProvider time) =>
        (tried is null || !tried.Contains(endpoint)) && !endpoint.IsAvoided(time);

    private static Endpoint? Scan(Endpoint[] endpoints, int start, IReadOnlyCollection<Endpoint>? tried, TimeProvider time)
    {
        Endpoint? last = null;
        for (var i = 0; i < endpoints.Length; i++)
        {
            var endpoint = endpoints[(start + i) % endpoints.Length];
            if (IsGood(endpoint, tried, time))
                return endpoint;
            if (tried is null || !tried.Contains(endpoint))
                last ??= endpoint;
        }

        return last;
    }
}
