using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Errors;

/// <summary>The <c>v1</c> Status object (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/).</summary>
internal static class StatusDocument
{
    /// <summary>The Status of a failure.</summary>
    public static JsonObject Failure(ApiException error)
    {
        var details = new JsonObject();
        Set(details, "name", error.Name);
        Set(details, "group", error.Group);
        Set(details, "kind", error.Kind);
        if (error.Causes.Count > 0)
        {
            details["causes"] = new JsonArray([.. error.Causes.Select(Cause)]);
        }

        if (error.RetryAfterSeconds is { } seconds)
        {
            details["retryAfterSeconds"] = seconds;
        }

        var status = New("Failure");
        status["message"] = error.Message;
        status["reason"] = error.Reason;
        if (details.Count > 0)
        {
            status["details"] = details;
        }

        status["code"] = error.Code;
        return status;
    }

    /// <summary>The Status of a deletion that has happened.</summary>
    public static JsonObject Deleted(string group, string plural, string name, string uid)
    {
        var details = new JsonObject { ["name"] = name };
        Set(details, "group", group);
        details["kind"] = plural;
        Set(details, "uid", uid);
        var status = New("Success");
        status["details"] = details;
        return status;
    }

    /// <summary>The Status of a success without details.</summary>
    public static JsonObject Success(int code)
    {
        var status = New("Success");
        status["code"] = code;
        return status;
    }

    /// <summary>Answers with a failure.</summary>
    public static Task WriteAsync(HttpContext context, ApiException error)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(Failure(error));
        context.Response.StatusCode = error.Code;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        if (error.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = $"{seconds}";
        }

        if (error.Code == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static JsonObject New(string status) =>
        new() { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = status };

    private static JsonObject Cause(FieldError cause)
    {
        var result = new JsonObject { ["reason"] = cause.Reason, ["message"] = cause.Message };
        Set(result, "field", cause.Field);
        return result;
    }

    private static void Set(JsonObject target, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            target[name] = value;
        }
    }
}
