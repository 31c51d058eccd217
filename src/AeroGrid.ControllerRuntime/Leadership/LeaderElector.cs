using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.ControllerRuntime.Leadership;

/// <summary>
/// Gets a lease, keeps it, and says when it is lost. The rules are those of client-go's leaderelection: clocks of different machines
/// are never compared. A competitor measures, on its own monotonic clock, how long the lease has not changed, and takes over after the
/// duration written in it; the leader stops at its own, shorter deadline. Every write carries the resourceVersion, so of two that take
/// over at once one gets a conflict.
/// </summary>
public sealed partial class LeaderElector
{
    private readonly ResourceClient client;
    private readonly LeaderElectionOptions options;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private V1Lease? observed;
    private long observedAt;
    private long renewedAt;

    /// <summary>A competitor.</summary>
    /// <exception cref="InvalidOperationException">The options' times do not keep two leaders apart.</exception>
    public LeaderElector(ResourceClient client, LeaderElectionOptions options, ILogger logger, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.client = client;
        this.options = options;
        this.logger = logger;
        time = timeProvider ?? TimeProvider.System;
    }

    /// <summary>Whether this process leads, as far as it knows.</summary>
    public bool IsLeader { get; private set; }

    private ObjectKey Key => new(options.Namespace, options.Name);

    /// <summary>Waits until this process leads.</summary>
    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        Log.Waiting(logger, Key, options.Identity);
        while (true)
        {
            try
            {
                using var deadline = new Deadline(options.RenewDeadline, time, cancellationToken);
                if (await TryAcquireOrRenewAsync(deadline.Token).ConfigureAwait(false))
                {
                    IsLeader = true;
                    Log.Leading(logger, Key, options.Identity);
                    return;
                }
            }
            catch (Exception e) when (IsPassing(e, cancellationToken))
            {
                Log.AttemptFailed(logger, e, Key);
            }

#pragma warning disable CA5394 // Spreading load needs no secret randomness.
            await Task.Delay(options.RetryPeriod * (1 + (0.2 * Random.Shared.NextDouble())), time, cancellationToken).ConfigureAwait(false);
#pragma warning restore CA5394
        }
    }

    /// <summary>Keeps the lease until cancelled.</summary>
    /// <exception cref="LeadershipLostException">It was not renewed within the deadline, or another process holds it.</exception>
    public async Task HoldAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.RetryPeriod, time, cancellationToken).ConfigureAwait(false);
                await RenewAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            IsLeader = false;
        }
    }

    /// <summary>Gives the lease back, when this process holds it: others need not wait for it to run out.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        IsLeader = false;
        if (observed?.Spec?.HolderIdentity != options.Identity)
            return;
        var lease = observed.DeepCopy();
        lease.Spec.HolderIdentity = "";
        lease.Spec.LeaseDurationSeconds = 1;
        lease.Spec.RenewTime = MicroTime.Now(time);
        lease.Spec.AcquireTime = lease.Spec.RenewTime;
        try
        {
            observed = await client.ReplaceAsync(lease, write: null, cancellationToken).ConfigureAwait(false);
            Log.Released(logger, Key, options.Identity);
        }
        catch (Exception e) when (IsPassing(e, cancellationToken))
        {
            // Nothing is lost but time: the lease runs out by itself.
            Log.AttemptFailed(logger, e, Key);
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        Exception? last = null;
        while (true)
        {
            var left = options.RenewDeadline - time.GetElapsedTime(renewedAt);
            if (left <= TimeSpan.Zero)
                throw Lost("it was not renewed in time", last);
            using var deadline = new Deadline(left, time, cancellationToken);
            try
            {
                if (await TryAcquireOrRenewAsync(deadline.Token).ConfigureAwait(false))
                    return;
                throw Lost($"{observed?.Spec?.HolderIdentity} holds it", last);
            }
            catch (OperationCanceledException e) when (deadline.Passed)
            {
                throw Lost("the server did not answer in time", e);
            }
            catch (Exception e) when (IsPassing(e, cancellationToken))
            {
                last = e;
                Log.AttemptFailed(logger, e, Key);
            }

            try
            {
                await Task.Delay(options.RetryPeriod, time, deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (deadline.Passed)
            {
                throw Lost("it was not renewed in time", last);
            }
        }
    }

    private LeadershipLostException Lost(string why, Exception? inner)
    {
        IsLeader = false;
        return new($"{options.Identity} no longer leads: the lease {Key}: {why}.", inner);
    }

    private async Task<bool> TryAcquireOrRenewAsync(CancellationToken cancellationToken)
    {
        // Others count from when the write was made, which may be long before its answer is here.
        var before = time.GetTimestamp();
        if (IsLeader && await TryRenewObservedAsync(cancellationToken).ConfigureAwait(false))
        {
            renewedAt = before;
            return true;
        }

        var lease = await client.GetAsync<V1Lease>(Key, cancellationToken).ConfigureAwait(false);
        if (lease is null)
        {
            var created = new V1Lease { Metadata = new() { NamespaceProperty = options.Namespace, Name = options.Name }, Spec = new() };
            Take(created.Spec, transitions: 0);
            Observe(await client.CreateAsync(created, write: null, cancellationToken).ConfigureAwait(false));
            renewedAt = before;
            return true;
        }

        if (observed is null || observed.Metadata.ResourceVersion != lease.Metadata.ResourceVersion)
            Observe(lease);
        lease.Spec ??= new();
        var mine = lease.Spec.HolderIdentity == options.Identity;
        if (!mine && IsHeld(lease.Spec))
            return false;
        if (mine)
        {
            Renew(lease.Spec);
        }
        else
        {
            Take(lease.Spec, (lease.Spec.LeaseTransitions ?? 0) + 1);
        }

        Observe(await client.ReplaceAsync(lease, write: null, cancellationToken).ConfigureAwait(false));
        renewedAt = before;
        return true;
    }

    /// <summary>The leader's own lease rarely changes but by itself: one request instead of two.</summary>
    /// <returns>False when it did change.</returns>
    private async Task<bool> TryRenewObservedAsync(CancellationToken cancellationToken)
    {
        if (observed?.Spec?.HolderIdentity != options.Identity)
            return false;
        var lease = observed.DeepCopy();
        Renew(lease.Spec);
        try
        {
            Observe(await client.ReplaceAsync(lease, write: null, cancellationToken).ConfigureAwait(false));
            return true;
        }
        catch (KubernetesApiException e) when (e.IsConflict || e.IsNotFound)
        {
            return false;
        }
    }

    private void Renew(V1LeaseSpec spec)
    {
        spec.RenewTime = MicroTime.Now(time);
        spec.LeaseDurationSeconds = Seconds;
    }

    private int Seconds => (int)Math.Ceiling(options.LeaseDuration.TotalSeconds);

    /// <summary>Whether the holder may still be leading: its lease changed within the time that the holder itself claims.</summary>
    private bool IsHeld(V1LeaseSpec spec)
    {
        if (string.IsNullOrEmpty(spec.HolderIdentity))
            return false;
        var claimed = TimeSpan.FromSeconds(Math.Max(spec.LeaseDurationSeconds ?? 0, Seconds));
        return time.GetElapsedTime(observedAt) < claimed;
    }

    private void Take(V1LeaseSpec spec, int transitions)
    {
        spec.HolderIdentity = options.Identity;
        spec.LeaseDurationSeconds = Seconds;
        spec.AcquireTime = MicroTime.Now(time);
        spec.RenewTime = spec.AcquireTime;
        spec.LeaseTransitions = transitions;
    }

    private void Observe(V1Lease lease)
    {
        observed = lease.DeepCopy();
        observedAt = time.GetTimestamp();
    }

    /// <summary>Failures that the next attempt may not meet: the server is away or busy, or another competitor wrote first.</summary>
    private static bool IsPassing(Exception e, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested
        && e is KubernetesApiException or HttpRequestException or IOException or TimeoutException or OperationCanceledException
            or System.Text.Json.JsonException;

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Waiting for the lease {Lease} as {Identity}")]
        public static partial void Waiting(ILogger logger, ObjectKey lease, string identity);

        [LoggerMessage(LogLevel.Information, "Leading with the lease {Lease} as {Identity}")]
        public static partial void Leading(ILogger logger, ObjectKey lease, string identity);

        [LoggerMessage(LogLevel.Information, "Gave the lease {Lease} of {Identity} back")]
        public static partial void Released(ILogger logger, ObjectKey lease, string identity);

        [LoggerMessage(LogLevel.Warning, "An attempt to write the lease {Lease} failed")]
        public static partial void AttemptFailed(ILogger logger, Exception exception, ObjectKey lease);
    }
}
