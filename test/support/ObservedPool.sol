// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What a Uniswap v3 pool of full-range liquidity remembers of its own price
/// @notice The far end of the adapters that average: it writes an observation of the tick before each move, at most one a second, into a
/// ring that grows when asked, and answers what averages of it are asked, in the pool's own words. No tokens, no trades; the real
/// pool is in the mocha tests, which cannot be compiled beside these.
contract ObservedPool {
    /// @dev The pool's own struct: sums of tick and of seconds per liquidity over all seconds up to a time.
    struct Observation {
        uint32 time;
        int56 ticks;
        uint160 secondsPerLiquidity;
        bool initialized;
    }

    int24 public constant tickSpacing = 10;

    address public immutable token0;
    address public immutable token1;

    uint128 public liquidity;
    Observation[65_535] public observations;

    int24 private _tick;
    uint16 private _index;
    uint16 private _cardinality = 1;
    uint16 private _cardinalityNext = 1;

    constructor(address one, address other) {
        (token0, token1) = one < other ? (one, other) : (other, one);
        observations[0] = Observation(uint32(block.timestamp), 0, 0, true);
    }

    /// @notice Moves the price and sets the liquidity. Anyone.
    function moveTo(int24 tick, uint128 liquidity_) external {
        Observation memory last = observations[_index];
        if (last.time != block.timestamp) {
            if (_cardinalityNext > _cardinality && _index + 1 == _cardinality) _cardinality = _cardinalityNext;
            _index = (_index + 1) % _cardinality;
            observations[_index] = _at(last, uint32(block.timestamp));
        }
        (_tick, liquidity) = (tick, liquidity_);
    }

    /// @notice The pool remembers more observations from the end of its ring on. Anyone.
    function increaseObservationCardinalityNext(uint16 cardinality) external {
        if (cardinality > _cardinalityNext) _cardinalityNext = cardinality;
    }

    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool) {
        return (0, _tick, _index, _cardinality, _cardinalityNext, 0, true);
    }

    /// @notice Full range: no tick that any price reaches is initialised.
    function tickBitmap(int16) external pure returns (uint256) {
        return 0;
    }

    /// @notice The sums so many seconds ago. Reverts, as a pool does, where it does not remember.
    function observe(
        uint32[] calldata ago
    ) external view returns (int56[] memory ticks, uint160[] memory secondsPerLiquidity) {
        (ticks, secondsPerLiquidity) = (new int56[](ago.length), new uint160[](ago.length));
        for (uint256 i; i < ago.length; ++i) {
            Observation memory then = _observed(uint32(block.timestamp) - ago[i]);
            (ticks[i], secondsPerLiquidity[i]) = (then.ticks, then.secondsPerLiquidity);
        }
    }

    function _observed(uint32 time) private view returns (Observation memory) {
        uint256 place = _index;
        Observation memory later = observations[place];
        if (later.time <= time) return _at(later, time);
        for (uint256 i = 1; i < _cardinality; ++i) {
            place = (place + _cardinality - 1) % _cardinality;
            Observation memory earlier = observations[place];
            require(earlier.initialized, "OLD");
            if (earlier.time <= time) return _between(earlier, later, time);
            later = earlier;
        }
        revert("OLD");
    }

    /// @dev As if the present tick and liquidity had stood since an observation.
    function _at(Observation memory last, uint32 time) private view returns (Observation memory) {
        uint32 elapsed = time - last.time;
        uint256 inRange = liquidity == 0 ? 1 : liquidity;
        uint160 added = uint160((uint256(elapsed) << 128) / inRange);
        return Observation(time, last.ticks + _tick * int56(uint56(elapsed)), last.secondsPerLiquidity + added, true);
    }

    function _between(
        Observation memory earlier,
        Observation memory later,
        uint32 time
    ) private pure returns (Observation memory) {
        uint256 whole = later.time - earlier.time;
        uint256 part = time - earlier.time;
        int256 ticks = (int256(later.ticks - earlier.ticks) * int256(part)) / int256(whole);
        uint256 added = (uint256(later.secondsPerLiquidity - earlier.secondsPerLiquidity) * part) / whole;
        return Observation(time, earlier.ticks + int56(ticks), earlier.secondsPerLiquidity + uint160(added), true);
    }
}
