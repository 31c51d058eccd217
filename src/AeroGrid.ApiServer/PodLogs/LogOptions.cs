using System.Globalization;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.PodLogs;

/// <summary>Query parameters of a log request, checked (<c>PodLogOptions</c> in the Kubernetes API).</summary>
/// <param name="Container">The container, which the pod has.</param>
/// <param name="Query">What the kubelet is asked with.</param>
internal sealed record LogOptions(string Container, QueryString Query)
{
    /// <summary>Reads them.</summary>
    /// <exception cref="ApiException">400: no such container, or several and none named. 422: a value is not possible.</exception>
    public static LogOptions Read(IQueryCollection query, JsonObject pod)
    {
        var errors = new List<FieldError>();
        var forwarded = new Dictionary<string, string?>();
        foreach (var name in (ReadOnlySpan<string>)["follow", "previous", "timestamps"])
        {
            ReadBoolean(query, name, forwarded, errors);
        }

        ReadNumber(query, "tailLines", 0, forwarded, errors);
        ReadNumber(query, "limitBytes", 1, forwarded, errors);
        ReadNumber(query, "sinceSeconds", 1, forwarded, errors);
        ReadTime(query, forwarded, errors);
        if (forwarded.ContainsKey("sinceSeconds") && forwarded.ContainsKey("sinceTime"))
        {
            errors.Add(new FieldError("sinceTime", FieldErrorReasons.Forbidden, "at most one of sinceTime or sinceSeconds may be specified"));
        }

        return errors.Count > 0
            ? throw ApiException.Invalid("", "PodLogOptions", (string?)pod["metadata"]?["name"] ?? "", errors)
            : new LogOptions(ChooseContainer(query["container"].ToString(), pod), QueryString.Create(forwarded));
    }

    private static string ChooseContainer(string asked, JsonObject pod)
    {
        var name = (string?)pod["metadata"]?["name"];
        var (containers, initContainers) = (Names(pod, "containers"), Names(pod, "initContainers"));
        if (asked.Length > 0)
        {
            return containers.Contains(asked) || initContainers.Contains(asked)
                ? asked
                : throw ApiException.BadRequest($"container {asked} is not valid for pod {name}");
        }

        if (containers.Count == 1)
        {
            return containers[0];
        }

        var init = initContainers.Count > 0 ? $" or one of the init containers: [{string.Join(' ', initContainers)}]" : "";
        throw ApiException.BadRequest($"a container name must be specified for pod {name}, choose one of: [{string.Join(' ', containers)}]{init}");
    }

    private static List<string> Names(JsonObject pod, string field) =>
        pod["spec"]?[field] is JsonArray list ? [.. list.Select(c => (string?)c?["name"] ?? "")] : [];

    private static void ReadBoolean(IQueryCollection query, string name, Dictionary<string, string?> forwarded, List<FieldError> errors)
    {
        switch (query[name].ToString())
        {
            case "" when !query.ContainsKey(name):
            case "false" or "0":
                break;
            case "true" or "1" or "":
                forwarded[name] = "true";
                break;
            default:
                errors.Add(new FieldError(name, FieldErrorReasons.Invalid, "must be true or false"));
                break;
        }
    }

    private static void ReadNumber(IQueryCollection query, string name, long least, Dictionary<string, string?> forwarded, List<FieldError> errors)
    {
        var text = query[name].ToString();
        if (text.Length == 0)
        {
            return;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least)
        {
            forwarded[name] = text;
        }
        else
        {
            errors.Add(new FieldError(name, FieldErrorReasons.Invalid, $"must be a whole number, {least} or more"));
        }
    }

    private static void ReadTime(IQueryCollection query, Dictionary<string, string?> forwarded, List<FieldError> errors)
    {
        var text = query["sinceTime"].ToString();
        if (text.Length == 0)
        {
            return;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
        {
            forwarded["sinceTime"] = text;
        }
        else
        {
            errors.Add(new FieldError("sinceTime", FieldErrorReasons.Invalid, "must be a time such as 2030-01-01T00:00:00Z"));
        }
    }
}
