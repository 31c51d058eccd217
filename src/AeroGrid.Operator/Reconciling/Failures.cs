using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Oci.Distribution;

namespace AeroGrid.Operator.Reconciling;

/// <summary>What people are told of an exception. Only messages that are known to hold no secret; everything else is in the log.</summary>
internal static class Failures
{
    public static string ForPeople(Exception exception) => exception switch
    {
        KubernetesApiException e => $"the API server refused a request: {OneLine(e.Status.Message ?? e.Status.Reason ?? "no reason given")}",
        RegistryException e => $"the registry did not do as asked: {OneLine(e.Message)}",
        TimeoutException => "a request was not answered in time.",
        HttpRequestException => "a server did not answer.",
        _ => "an unexpected error, which is in the operator's log.",
    };

    private static string OneLine(string message) => string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
