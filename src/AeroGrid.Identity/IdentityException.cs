namespace AeroGrid.Identity;

/// <summary>Something about users or keys that a person can mend; the message says how.</summary>
public sealed class IdentityException : Exception
{
    /// <summary>Creates one.</summary>
    public IdentityException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
