using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

using AeroGrid.Operator.Apps.Rollouts;

using k8s.Models;

namespace AeroGrid.Operator.Images.Building;

/// <summary>Why a build failed, as far as it told.</summary>
/// <param name="Reason">One of those in the builder's contract, or OutOfMemory.</param>
/// <param name="Requirement">The requirement that failed, as it was typed in the build's file; null when no single one did.</param>
/// <param name="Message">For a person; several lines perhaps.</param>
/// <param name="IsPermanent">Whether trying again cannot help before somebody changes something.</param>
internal sealed partial record BuildFailure(string Reason, string? Requirement, string Message, bool IsPermanent)
{
    /// <summary>Reads what the containers of a failed Job's pods left.</summary>
    public static BuildFailure Of(V1Job job, IEnumerable<V1Pod> pods)
    {
        if (job.Status?.Conditions?.Any(condition => condition is { Type: "Failed", Status: "True", Reason: "DeadlineExceeded" }) == true)
            return new("Timeout", null, "installing took longer than the time limit", IsPermanent: true);
        foreach (var pod in pods)
        {
            var ended =
                from status in (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? [])
                where status.State?.Terminated is { ExitCode: not 0 }
                select (status.Name, status.State.Terminated);
            foreach (var (container, terminated) in ended)
                return Of(container, terminated);
        }

        return new("Unavailable", null, "the build ended without saying why", IsPermanent: false);
    }

    private static BuildFailure Of(string container, V1ContainerStateTerminated terminated)
    {
        if (terminated.Reason == "OOMKilled")
            return new("OutOfMemory", null, "installing needed more memory than a build may use", IsPermanent: true);
        if (Report.TryParse(terminated.Message) is not { } report)
            return new("Unavailable", null, $"the build's step {container} ended with exit code {terminated.ExitCode} and did not say why", IsPermanent: false);

        // What happens to the step that pushes is the platform's matter, and never the fault of what a person typed.
        var isPermanent = container == BuildJob.Resolve && report.Reason != "Unavailable";
        return new(report.Reason ?? "Failed", report.Requirement, WithoutCredentials(LastOutput.Of(report.Message)), isPermanent);
    }

    /// <summary>An index' address may have a user and password in it, and pip prints it.</summary>
    private static string WithoutCredentials(string text) => Credentials().Replace(text, "://");

    [GeneratedRegex(@"://[^/\s@]+@", RegexOptions.NonBacktracking)]
    private static partial Regex Credentials();

    /// <summary>The builder's JSON in <c>/dev/termination-log</c>.</summary>
    private sealed record Report
    {
        [JsonPropertyName("requirement")]
        public string? Requirement { get; init; }

        [JsonPropertyName("reason")]
        public string? Reason { get; init; }

        [JsonPropertyName("message")]
        public string? Message { get; init; }

        public static Report? TryParse(string? text)
        {
            try
            {
                return string.IsNullOrWhiteSpace(text) ? null : JsonSerializer.Deserialize<Report>(text);
            }
            catch (JsonException)
            {
                // The last lines of its log instead: it ended before it could report.
                return null;
            }
        }
    }
}
