namespace AeroGrid.Operator.Tests.Fixtures;

/// <summary>Tests that share one platform; each uses apps of its own names.</summary>
[CollectionDefinition("platform")]
public sealed class PlatformCollection : ICollectionFixture<PlatformFixture>;
