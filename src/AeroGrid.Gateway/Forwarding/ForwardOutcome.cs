using Yarp.ReverseProxy.Forwarder;

namespace AeroGrid.Gateway.Forwarding;

/// <summary>How an attempt to forward a request ended, in YARP's terms for both ways of forwarding.</summary>
/// <param name="Error">What failed; None when the client has the whole answer.</param>
/// <param name="Failure">Why.</param>
/// <param name="IsRefused">Whether the endpoint did not take the connection, so that nothing was sent.</param>
internal readonly record struct ForwardOutcome(ForwarderError Error, Exception? Failure, bool IsRefused)
{
    public static readonly ForwardOutcome Done = new(ForwarderError.None, null, false);
}
