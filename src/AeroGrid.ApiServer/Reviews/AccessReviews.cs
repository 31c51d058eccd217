using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Authorization;
using AeroGrid.ApiServer.Rest;

namespace AeroGrid.ApiServer.Reviews;

/// <summary>May somebody do something? (<c>SubjectAccessReview</c>)</summary>
internal sealed class SubjectAccessReview(IAuthorizer authorizer) : IVirtualResource
{
    public string StorageKey => "authorization.k8s.io/subjectaccessreviews";

    public ValueTask<JsonObject> CreateAsync(JsonObject body, UserInfo user, string? namespaceName, CancellationToken cancellationToken)
    {
        var subject = ReviewBody.ReadUser(body, nameof(SubjectAccessReview));
        var attributes = ReviewBody.ReadAttributes(body, nameof(SubjectAccessReview));
        return ValueTask.FromResult(ReviewBody.WithStatus(body, ReviewBody.ToStatus(authorizer.Authorize(subject, attributes))));
    }
}

/// <summary>May somebody do something in this namespace? For those who may ask about one namespace only. (<c>LocalSubjectAccessReview</c>)</summary>
internal sealed class LocalSubjectAccessReview(IAuthorizer authorizer) : IVirtualResource
{
    public string StorageKey => "authorization.k8s.io/localsubjectaccessreviews";

    public ValueTask<JsonObject> CreateAsync(JsonObject body, UserInfo user, string? namespaceName, CancellationToken cancellationToken)
    {
        var subject = ReviewBody.ReadUser(body, nameof(LocalSubjectAccessReview));
        var attributes = ReviewBody.ReadAttributes(body, nameof(LocalSubjectAccessReview));
        if (attributes.Resource is null || attributes.Namespace != namespaceName)
        {
            throw ReviewBody.Invalid(
                nameof(LocalSubjectAccessReview), "spec.resourceAttributes.namespace", $"must be the namespace of the request, {namespaceName}");
        }

        return ValueTask.FromResult(ReviewBody.WithStatus(body, ReviewBody.ToStatus(authorizer.Authorize(subject, attributes))));
    }
}

/// <summary>May I do something? (<c>kubectl auth can-i</c>)</summary>
internal sealed class SelfSubjectAccessReview(IAuthorizer authorizer) : IVirtualResource
{
    public string StorageKey => "authorization.k8s.io/selfsubjectaccessreviews";

    public ValueTask<JsonObject> CreateAsync(JsonObject body, UserInfo user, string? namespaceName, CancellationToken cancellationToken)
    {
        var attributes = ReviewBody.ReadAttributes(body, nameof(SelfSubjectAccessReview));
        return ValueTask.FromResult(ReviewBody.WithStatus(body, ReviewBody.ToStatus(authorizer.Authorize(user, attributes))));
    }
}

/// <summary>What may I do in a namespace? (<c>kubectl auth can-i --list</c>)</summary>
internal sealed class SelfSubjectRulesReview(RbacAuthorizer authorizer) : IVirtualResource
{
    public string StorageKey => "authorization.k8s.io/selfsubjectrulesreviews";

    public ValueTask<JsonObject> CreateAsync(JsonObject body, UserInfo user, string? namespaceName, CancellationToken cancellationToken)
    {
        if ((string?)body["spec"]?["namespace"] is not { Length: > 0 } asked)
        {
            throw ReviewBody.Invalid(nameof(SelfSubjectRulesReview), "spec.namespace", "name the namespace that the question is about");
        }

        var rules = authorizer.RulesOf(user, asked).ToList();
        return ValueTask.FromResult(ReviewBody.WithStatus(body, new JsonObject
        {
            ["resourceRules"] = new JsonArray([.. rules.Where(r => r.Resources.Count > 0).Select(r => r.ToJson())]),
            ["nonResourceRules"] = new JsonArray([.. rules.Where(r => r.NonResourceUrls.Count > 0).Select(r => r.ToJson())]),
            ["incomplete"] = false,
        }));
    }
}
