using Microsoft.Data.Sqlite;

namespace AeroGrid.ApiServer.Storage;

/// <summary>One reading connection with its prepared statements. Used by one thread at a time, see <see cref="ReaderPool"/>.</summary>
internal sealed class StoreReader : IDisposable
{
    // No page holds more than this, however few objects that is: objects may have megabytes.
    private const long PageBytes = 4 << 20;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _end;
    private readonly SqliteCommand _get;
    private readonly SqliteCommand _bounds;
    private readonly SqliteCommand _pageOfAll;
    private readonly SqliteCommand _pageOfNamespace;
    private readonly SqliteCommand _countAll;
    private readonly SqliteCommand _countNamespace;
    private readonly SqliteCommand _changes;
    private readonly SqliteCommand _owned;
    private readonly SqliteCommand _ownerUids;
    private readonly SqliteCommand _going;
    private readonly SqliteCommand _resourcesInNamespace;

    public StoreReader(string folder)
    {
        _connection = Database.OpenReader(folder);
        _begin = Prepare("BEGIN");
        _end = Prepare("ROLLBACK");
        _get = Prepare(
            "SELECT revision, value FROM revisions WHERE resource = $resource AND namespace = $namespace AND name = $name AND next IS NULL",
            "$resource", "$namespace", "$name");
        _bounds = Prepare("SELECT ifnull(max(revision), 0), (SELECT revision FROM compaction) FROM revisions");

        const string at = "revision <= $revision AND (next IS NULL OR next > $revision)";
        const string afterInAll = "resource = $resource AND (namespace, name) > ($namespace, $name)";
        const string afterInNamespace = "resource = $resource AND namespace = $namespace AND name > $name";
        _pageOfAll = Page($"SELECT namespace, name, revision, value FROM revisions INDEXED BY history WHERE {afterInAll} AND {at} ORDER BY namespace, name LIMIT $limit");
        _pageOfNamespace = Page($"SELECT namespace, name, revision, value FROM revisions INDEXED BY history WHERE {afterInNamespace} AND {at} ORDER BY name LIMIT $limit");
        _countAll = Page($"SELECT count(*) FROM revisions INDEXED BY history WHERE {afterInAll} AND {at} LIMIT $limit");
        _countNamespace = Page($"SELECT count(*) FROM revisions INDEXED BY history WHERE {afterInNamespace} AND {at} LIMIT $limit");

        // The plus keeps SQLite from using the index by resource: the order of revisions is what matters.
        _changes = Prepare(
            """
            SELECT c.revision, c.namespace, c.name, c.value, c.previous, p.value
            FROM revisions c LEFT JOIN revisions p ON p.revision = c.previous
            WHERE c.revision > $after AND +c.resource = $resource ORDER BY c.revision LIMIT $limit
            """,
            "$after", "$resource", "$limit");
        _owned = Prepare("SELECT resource, namespace, name FROM owners WHERE uid = $uid", "$uid");
        _ownerUids = Prepare("SELECT DISTINCT uid FROM owners");
        _going = Prepare("SELECT resource, namespace, name FROM revisions WHERE terminating = 1 AND next IS NULL ORDER BY revision");
        _resourcesInNamespace = Prepare(
            """
            SELECT DISTINCT r.resource FROM (SELECT DISTINCT resource FROM revisions WHERE next IS NULL) r
            WHERE EXISTS (SELECT 1 FROM revisions x WHERE x.resource = r.resource AND x.namespace = $namespace AND x.next IS NULL)
            """,
            "$namespace");
    }

    /// <summary>The present state of an object, or null.</summary>
    public StoredObject? Get(ObjectKey key)
    {
        _get.Parameters[0].Value = key.Resource;
        _get.Parameters[1].Value = key.Namespace;
        _get.Parameters[2].Value = key.Name;
        using var row = _get.ExecuteReader();
        return row.Read() ? new StoredObject(key, row.GetInt64(0), row.GetFieldValue<byte[]>(1)) : null;
    }

    /// <summary>The newest revision and the oldest that can still be read.</summary>
    public (long Newest, long Compacted) Bounds()
    {
        using var row = _bounds.ExecuteReader();
        row.Read();
        return (row.GetInt64(0), row.GetInt64(1));
    }

    /// <summary>The next objects of a resource in the order of namespace and name, in the state of a revision.</summary>
    /// <returns>The objects; fewer than asked for when they are large, none when there are no more.</returns>
    /// <exception cref="CompactedException">The revision is no longer kept.</exception>
    public List<StoredObject> Page(PageQuery query, int limit)
    {
        using var snapshot = new Snapshot(this);
        ThrowIfCompacted(query.Revision);
        var command = Bind(query, limit, _pageOfAll, _pageOfNamespace);
        var result = new List<StoredObject>();
        var bytes = 0L;
        using (var row = command.ExecuteReader())
        {
            while (bytes < PageBytes && row.Read())
            {
                var value = row.GetFieldValue<byte[]>(3);
                bytes += value.Length;
                result.Add(new StoredObject(new ObjectKey(query.Resource, row.GetString(0), row.GetString(1)), row.GetInt64(2), value));
            }
        }

        return result;
    }

    /// <summary>How many objects <see cref="Page(PageQuery, int)"/> would return without a limit.</summary>
    public long Count(PageQuery query) => (long)Bind(query, 1, _countAll, _countNamespace).ExecuteScalar()!;

    /// <summary>Changes of a resource after a revision, in the order of revisions.</summary>
    /// <returns>The changes, and the revision up to which they are all changes.</returns>
    /// <exception cref="CompactedException">The log no longer goes back to that revision.</exception>
    public (List<Change> Changes, long UpTo) Changes(string resource, long after, int limit)
    {
        using var snapshot = new Snapshot(this);
        ThrowIfCompacted(after);
        var newest = Bounds().Newest;
        _changes.Parameters[0].Value = after;
        _changes.Parameters[1].Value = resource;
        _changes.Parameters[2].Value = limit;
        var result = new List<Change>();
        var bytes = 0L;
        using var rows = _changes.ExecuteReader();
        while (rows.Read())
        {
            var key = new ObjectKey(resource, rows.GetString(1), rows.GetString(2));
            var revision = rows.GetInt64(0);
            var previous = rows.GetInt64(4);
            var change = new Change(
                key,
                revision,
                previous == 0 ? null : new StoredObject(key, previous, rows.GetFieldValue<byte[]>(5)),
                rows.IsDBNull(3) ? null : new StoredObject(key, revision, rows.GetFieldValue<byte[]>(3)));
            result.Add(change);
            bytes += change.Size;
            if (result.Count == limit || bytes >= PageBytes)
            {
                return (result, revision);
            }
        }

        return (result, Math.Max(newest, after));
    }

    /// <summary>The objects that name this uid as an owner.</summary>
    public List<ObjectKey> OwnedBy(string uid)
    {
        _owned.Parameters[0].Value = uid;
        return Keys(_owned);
    }

    /// <summary>The objects that are being deleted.</summary>
    public List<ObjectKey> Terminating() => Keys(_going);

    /// <summary>All uids that some object names as an owner.</summary>
    public List<string> OwnerUids() => Strings(_ownerUids);

    /// <summary>Storage keys of all resources that have objects in a namespace.</summary>
    public List<string> ResourcesIn(string namespaceName)
    {
        _resourcesInNamespace.Parameters[0].Value = namespaceName;
        return Strings(_resourcesInNamespace);
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])
            [_begin, _end, _get, _bounds, _pageOfAll, _pageOfNamespace, _countAll, _countNamespace, _changes, _owned, _ownerUids, _going, _resourcesInNamespace])
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private static List<ObjectKey> Keys(SqliteCommand command)
    {
        var result = new List<ObjectKey>();
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            result.Add(new ObjectKey(row.GetString(0), row.GetString(1), row.GetString(2)));
        }

        return result;
    }

    private static List<string> Strings(SqliteCommand command)
    {
        var result = new List<string>();
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            result.Add(row.GetString(0));
        }

        return result;
    }

    private static SqliteCommand Bind(PageQuery query, int limit, SqliteCommand all, SqliteCommand inNamespace)
    {
        var command = query.Namespace is null ? all : inNamespace;
        command.Parameters[0].Value = query.Resource;
        command.Parameters[1].Value = query.Namespace ?? query.AfterNamespace;
        command.Parameters[2].Value = query.AfterName;
        command.Parameters[3].Value = query.Revision;
        command.Parameters[4].Value = limit;
        return command;
    }

    private void ThrowIfCompacted(long revision)
    {
        var (_, compacted) = Bounds();
        if (revision < compacted)
        {
            throw new CompactedException(revision, compacted);
        }
    }

    private SqliteCommand Page(string sql) => Prepare(sql, "$resource", "$namespace", "$name", "$revision", "$limit");

    private SqliteCommand Prepare(string sql, params string[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        return command;
    }

    /// <summary>Makes several statements see the same state.</summary>
    private readonly ref struct Snapshot
    {
        private readonly StoreReader _reader;

        public Snapshot(StoreReader reader)
        {
            _reader = reader;
            reader._begin.ExecuteNonQuery();
        }

        public void Dispose() => _reader._end.ExecuteNonQuery();
    }
}

/// <summary>Which objects a page is of.</summary>
/// <param name="Resource">Storage key.</param>
/// <param name="Namespace">One namespace; null for all.</param>
/// <param name="Revision">The state of which revision.</param>
/// <param name="AfterNamespace">Namespace of the last object of the page before; empty at the start.</param>
/// <param name="AfterName">Name of the last object of the page before; empty at the start.</param>
internal readonly record struct PageQuery(string Resource, string? Namespace, long Revision, string AfterNamespace = "", string AfterName = "")
{
    /// <summary>The query of the page after one that ends with this object.</summary>
    public PageQuery After(ObjectKey key) => this with { AfterNamespace = key.Namespace, AfterName = key.Name };
}

/// <summary>A revision is older than what is kept.</summary>
internal sealed class CompactedException(long revision, long compacted)
    : Exception($"too old resource version: {revision} ({compacted})");
