namespace AeroGrid.Operator.Reconciling;

/// <summary>An object that AeroGrid wants to make is there already and belongs to someone else. It is left alone.</summary>
internal sealed class NameTakenException(string message) : Exception(message);
