using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Rest;

namespace AeroGrid.ApiServer.Reviews;

/// <summary>Who am I? (<c>kubectl auth whoami</c>)</summary>
internal sealed class SelfSubjectReview : IVirtualResource
{
    public string StorageKey => "authentication.k8s.io/selfsubjectreviews";

    public ValueTask<JsonObject> CreateAsync(JsonObject body, UserInfo user, string? namespaceName, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ReviewBody.WithStatus(body, new JsonObject { ["userInfo"] = ReviewBody.ToJson(user) }));
}

/// <summary>Whose token is this?</summary>
internal sealed class TokenReview(RequestAuthenticator authenticator) : IVirtualResource
{
    public string StorageKey => "authentication.k8s.io/tokenreviews";

    public async ValueTask<JsonObject> CreateAsync(JsonObject body, UserInfo user, string? namespaceName, CancellationToken cancellationToken)
    {
        if ((string?)body["spec"]?["token"] is not { Length: > 0 } token)
        {
            throw ApiException.BadRequest("token is required for TokenReview in authentication");
        }

        string[] audiences = body["spec"]?["audiences"] is JsonArray list ? [.. list.Select(a => (string?)a ?? "")] : [];
        return ReviewBody.WithStatus(body, await ReviewAsync(token, audiences, cancellationToken));
    }

    private async Task<JsonObject> ReviewAsync(string token, string[] audiences, CancellationToken cancellationToken)
    {
        try
        {
            var known = await authenticator.AuthenticateTokenAsync(token, audiences, cancellationToken);
            var status = new JsonObject { ["authenticated"] = true, ["user"] = ReviewBody.ToJson(known.User) };
            if (audiences.Length > 0)
            {
                status["audiences"] = new JsonArray([.. known.Audiences.Select(a => JsonValue.Create(a))]);
            }

            return status;
        }
        catch (ApiException e) when (e.Code == 401)
        {
            return Unauthenticated(e.Message);
        }
    }

    private static JsonObject Unauthenticated(string why) => new() { ["authenticated"] = false, ["error"] = why };
}
