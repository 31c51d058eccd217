namespace AeroGrid.ControllerRuntime;

/// <summary>Trying again cannot help: the object is not reconciled before it, or something that is watched for it, changes.</summary>
public class TerminalException : Exception
{
    /// <summary>A failure that a person has to put right.</summary>
    public TerminalException(string message)
        : base(message)
    {
    }

    /// <summary>A failure that a person has to put right.</summary>
    public TerminalException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
