using AeroGrid.Node.Network;

using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.Node.Tests.Network;

/// <summary>When a port may be another pod's.</summary>
public sealed class PortAllocatorTests
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new();
    private readonly int _first = FreeRange(3);

    [Fact]
    public void A_port_that_was_given_back_rests_before_another_pod_gets_it()
    {
        var ports = new PortAllocator(_first, _first, Rest, _time);
        ports.Return(ports.Take());

        Should.Throw<InvalidOperationException>(() => ports.Take());
        _time.Advance(Rest);

        ports.Take().ShouldBe(_first);
    }

    [Fact]
    public void A_port_that_an_EndpointSlice_names_is_given_to_nobody_and_rests_from_its_last_mention_on()
    {
        var named = true;
        var ports = new PortAllocator(_first, _first, Rest, _time) { IsNamed = (_, _) => named };
        _time.Advance(Rest * 10);
        Should.Throw<InvalidOperationException>(() => ports.Take());

        named = false;
        Should.Throw<InvalidOperationException>(() => ports.Take(), "a gateway may not have heard of it yet");
        _time.Advance(Rest);

        ports.Take().ShouldBe(_first);
    }

    [Fact]
    public void A_pod_gets_its_port_again_when_only_slices_of_its_own_name_it()
    {
        var ports = new PortAllocator(_first, _first + 1, Rest, _time) { IsNamed = (port, uid) => port == _first && uid != "own" };

        ports.TryTake(_first, "other").ShouldBeFalse();
        ports.TryTake(_first, "own").ShouldBeTrue();
        ports.TryTake(_first, "own").ShouldBeFalse("it is taken");
        ports.TryTake(1, "own").ShouldBeFalse("pods have no others");
    }

    [Fact]
    public void A_port_on_which_somebody_listens_is_left_out()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, _first);
        listener.Start();

        new PortAllocator(_first, _first + 1).Take().ShouldBe(_first + 1);
    }

    [Fact]
    public async Task Ports_are_never_given_twice()
    {
        var ports = new PortAllocator(_first, _first + 2);
        var taken = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(ports.Take)));
        taken.Order().ShouldBe([_first, _first + 1, _first + 2]);
    }

    /// <summary>Neighbouring ports that were free a moment ago.</summary>
    internal static int FreeRange(int count)
    {
        var (low, high) = PortAllocator.RangeOfThisMachine();
        while (true)
        {
            var first = Random.Shared.Next(low, high - count);
            if (Enumerable.Range(first, count).All(PortAllocator.IsFree))
                return first;
        }
    }
}
