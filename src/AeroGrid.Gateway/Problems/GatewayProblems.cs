using AeroGrid.Gateway.Auth;

namespace AeroGrid.Gateway.Problems;

/// <summary>Every problem that the gateway itself answers with.</summary>
internal static class GatewayProblems
{
    private const string Realm = "Bearer realm=\"aerogrid\"";

    public static readonly Problem NotReady = new(
        503, "gateway-starting", "The gateway is starting", "The gateway has not yet read all routes and policies. Try again in a moment.") { RetryAfter = 1 };

    public static readonly Problem NoToken = new(
        401,
        "no-token",
        "A token is needed",
        "The request has no bearer token. Send the header 'Authorization: Bearer TOKEN'; `aerogrid token` prints a token.") { Challenge = Realm };

    public static readonly Problem Forbidden = new(
        403,
        "forbidden",
        "Not allowed",
        "The token is valid, but it does not give access to this app. Ask the owner of the tenant for membership, or use a token of a member.");

    public static readonly Problem NotOpen = new(
        403,
        "forbidden",
        "Not allowed",
        "No policy lets this request pass, and no issuer of tokens is set up for the app. The platform's administrator can change that.");

    public static readonly Problem UnknownIssuerKeys = new(
        503,
        "issuer-unavailable",
        "Tokens cannot be checked at the moment",
        "The keys of the token's issuer cannot be fetched. Try again in a moment; if it stays so, tell the platform's administrator.") { RetryAfter = 2 };

    public static readonly Problem ServiceMissing = new(
        503, "app-not-running", "The app is not running", "The app has no service at the moment. Try again in a moment, or look at its status.") { RetryAfter = 2 };

    public static readonly Problem NoEndpoint = new(
        503,
        "app-not-ready",
        "The app is not ready",
        "No instance of the app is ready to serve. It may be starting, stopped or failing: look at its status and logs, or try again in a moment.") { RetryAfter = 2 };

    public static readonly Problem Unreachable = new(
        503,
        "app-unreachable",
        "The app cannot be reached",
        "No instance of the app accepted a connection. The request did not reach the app; try again in a moment.") { RetryAfter = 1 };

    public static readonly Problem BrokenAnswer = new(
        502,
        "app-broken-answer",
        "The app did not answer properly",
        "The app closed the connection or answered something that is not HTTP. The app's logs may say why; whether it did what was asked is unknown.");

    public static readonly Problem Timeout = new(
        504, "app-timeout", "The app took too long", "The app did not answer in the time that its route allows. Whether it did what was asked is unknown.");

    public static readonly Problem HeadersTooLarge = new(
        431, "headers-too-large", "The request headers are too large", "Send fewer or smaller headers; cookies are often the largest.") { Closes = true };

    public static readonly Problem TargetTooLong = new(
        414, "target-too-long", "The address is too long", "Send long values in the body instead of the query.") { Closes = true };

    public static readonly Problem BodyBroken = new(
        400, "body-broken", "The request body is broken", "The body ended early or was not encoded as announced.") { Closes = true };

    public static readonly Problem BodyTooSlow = new(
        408, "body-too-slow", "The request body came too slowly", "Send the body faster, or in several requests.") { Closes = true };

    public static readonly Problem TooManyUpgrades = new(
        503, "too-many-websockets", "Too many open WebSockets", "Close WebSockets that are not needed, or try again later.") { RetryAfter = 5 };

    public static readonly Problem MethodNotSupported = new(
        501, "method-not-supported", "The method is not supported", "CONNECT is only accepted for WebSockets over HTTP/2.") { Closes = true };

    public static readonly Problem AmbiguousFraming = new(
        400,
        "ambiguous-length",
        "The length of the request body is ambiguous",
        "The request has both Content-Length and Transfer-Encoding, which programs understand differently. Send only one of them.") { Closes = true };

    public static Problem BadPath(string reason) => new(400, "bad-path", "The path is not accepted", reason);

    public static Problem UnknownApp(string path) => new(
        404, "unknown-app", "There is no such app", $"No app is served at {Shortened(path)}. Addresses look like /apps/TENANT/APP/; `aerogrid apps` lists them.");

    public static Problem BodyTooLarge(long limit) => new(
        413, "body-too-large", "The request body is too large", $"A body may have at most {limit} bytes.") { Closes = true };

    public static Problem BadToken(TokenFailure failure)
    {
        if (failure == TokenFailure.IssuerUnavailable)
            return UnknownIssuerKeys;
        var (reason, advice) = failure switch
        {
            TokenFailure.Malformed => ("The token is not a signed JWT", "`aerogrid token` prints one"),
            TokenFailure.Algorithm => ("The token's algorithm is not accepted", "tokens must be signed with RS, PS or ES algorithms"),
            TokenFailure.Type => ("The token is not an access token", "use the access token that the issuer gave"),
            TokenFailure.Issuer => ("The token is of an unknown issuer", "get one from the platform's issuer"),
            TokenFailure.Audience => ("The token is for another audience", "get one for calling apps: `aerogrid token` prints it"),
            TokenFailure.Expired => ("The token has expired", "get a new one"),
            TokenFailure.NotYetValid => ("The token is not valid yet", "check the clocks"),
            TokenFailure.Subject => ("The token names no subject", "get one from the platform's issuer"),
            TokenFailure.UnknownKey => ("The token is signed with a key that the issuer does not publish", "get a new one"),
            TokenFailure.Ambiguous => ("The request has more than one token", "send one"),
            _ => ("The token's signature is wrong", "get a new one"),
        };
        return new(401, "bad-token", "The token is not accepted", $"{reason}: {advice}.")
        {
            Challenge = $"{Realm}, error=\"invalid_token\", error_description=\"{reason}\"",
        };
    }

    private static string Shortened(string path) => path.Length <= 100 ? path : string.Concat(path.AsSpan(0, 100), "…");
}
