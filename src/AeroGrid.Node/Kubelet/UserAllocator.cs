namespace AeroGrid.Node.Kubelet;

/// <summary>Gives each pod a user id of the machine, so that the kernel itself keeps pods apart. Thread-safe.</summary>
internal sealed class UserAllocator(uint first, uint count)
{
    private readonly Lock _gate = new();
    private readonly HashSet<uint> _taken = [];
    private uint _next;

    /// <summary>An id that no running pod has.</summary>
    /// <exception cref="InvalidOperationException">All are in use.</exception>
    public uint Take()
    {
        lock (_gate)
        {
            for (var attempt = 0u; attempt < count; attempt++)
            {
                var user = first + (_next++ % count);
                if (_taken.Add(user))
                    return user;
            }
        }

        throw new InvalidOperationException($"All {count} user ids for pods are in use.");
    }

    /// <summary>Gives an id back.</summary>
    public void Return(uint user)
    {
        lock (_gate)
            _taken.Remove(user);
    }
}
