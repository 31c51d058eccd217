using AeroGrid.ApiServer.Authentication;

namespace AeroGrid.ApiServer.Authorization;

/// <summary>Decides whether a caller may do something, with the semantics of Kubernetes RBAC. Thread-safe; no input or output per call.</summary>
public interface IAuthorizer
{
    /// <summary>Decides. The reason names the binding that allows it, for SubjectAccessReview.</summary>
    AuthorizationDecision Authorize(UserInfo user, RequestAttributes request);
}

/// <summary>What a request does (https://kubernetes.io/docs/reference/access-authn-authz/authorization/#review-your-request-attributes).</summary>
/// <param name="Verb">get, list, watch, create, update, patch, delete, deletecollection, or the lower-case HTTP method of a non-resource request.</param>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Resource">Plural; null for a non-resource request.</param>
/// <param name="Subresource">status, scale, log; null for none.</param>
/// <param name="Namespace">Namespace; null for cluster-scoped and all-namespace requests.</param>
/// <param name="Name">Object name; null for collections.</param>
/// <param name="Path">URL path of a non-resource request.</param>
public sealed record RequestAttributes(
    string Verb, string Group, string? Resource, string? Subresource = null, string? Namespace = null, string? Name = null, string? Path = null);

/// <summary>The decision.</summary>
/// <param name="Allowed">Whether it may.</param>
/// <param name="Reason">Why; empty when nothing allows it.</param>
public readonly record struct AuthorizationDecision(bool Allowed, string Reason);
