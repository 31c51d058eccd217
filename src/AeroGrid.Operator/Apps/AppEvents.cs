using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.ControllerRuntime.Events;
using AeroGrid.ControllerRuntime.Objects;

namespace AeroGrid.Operator.Apps;

/// <summary>Tells the turns in an app's life as Kubernetes events, which <c>kubectl describe app</c> shows.</summary>
internal sealed class AppEvents(EventRecorder recorder)
{
    /// <summary>Tells what is new in a status.</summary>
    public void Tell(App app, AppStatus now)
    {
        var before = app.Status;
        var ready = Conditions.Find(now.Conditions, ConditionTypes.Ready);
        switch (now.Phase)
        {
            case AppPhase.Building when before?.Phase != AppPhase.Building:
                recorder.Normal(app, Reasons.Building, "The image of a new version is being made");
                break;
            case AppPhase.Deploying when before?.Phase != AppPhase.Deploying && ready?.Reason == Reasons.Deploying:
                recorder.Normal(app, Reasons.Deploying, "The newest version is starting");
                break;
            case AppPhase.Running when before?.Phase != AppPhase.Running || before.Revision != now.Revision:
                recorder.Normal(app, Reasons.Deployed, $"Revision {now.Revision} serves at {now.Url}");
                break;
            case AppPhase.Stopped when before?.Phase != AppPhase.Stopped:
                recorder.Normal(app, Reasons.Stopped, "No process of the app runs");
                break;
            case AppPhase.Failed when before?.Phase != AppPhase.Failed || Conditions.Find(before.Conditions, ConditionTypes.Ready)?.Message != ready?.Message:
                recorder.Warning(app, ready?.Reason ?? Reasons.Failed, ready?.Message ?? "");
                break;
        }
    }
}
