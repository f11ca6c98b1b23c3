// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The ticks of a Uniswap v3 pool, made of positions that a test names, and as ill-behaved as it says
/// @notice Answers what a walk over initialised ticks asks, in the pool's own words. No tokens, no trades.
contract TickPool {
    /// @notice How a question is answered that was told not to be answered well. NONSENSE says the largest words there are, CONTRARY
    /// the opposite of what a tick adds, SHORT less than the words there should be.
    enum Manner {
        WELL,
        REVERT,
        BURN,
        SHORT,
        NONSENSE,
        CONTRARY
    }

    /// @dev A pool's own words on a tick; what it has seen of fees and time is no concern of a walk.
    struct Tick {
        uint128 liquidityGross;
        int128 liquidityNet;
        uint256[5] unconcerned;
        bool initialized;
    }

    error Refused();

    int24 private immutable SPACING;

    /// @notice The pool's present tick.
    int24 public tick;

    bytes4 private _question;
    Manner private _manner;

    mapping(int24 tick => int128) private _net;
    mapping(int24 tick => uint128) private _gross;
    mapping(int16 word => uint256) private _bitmap;
    uint128 private _inRange;

    constructor(int24 spacing) {
        SPACING = spacing;
    }

    /// @notice Moves the price, over whatever lies between. Anyone.
    /// @param inRange liquidity in range there: what the naive sum says
    function moveTo(int24 tick_, uint128 inRange) external {
        (tick, _inRange) = (tick_, inRange);
    }

    /// @notice Adds a position between two multiples of the spacing. Anyone.
    function add(int24 lower, int24 upper, uint128 amount) external {
        _change(lower, amount, int128(amount));
        _change(upper, amount, -int128(amount));
        if (lower <= tick && tick < upper) _inRange += amount;
    }

    /// @notice Has one kind of question answered in another manner. Anyone.
    function misbehave(bytes4 question, Manner manner) external {
        (_question, _manner) = (question, manner);
    }

    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool) {
        _respond(this.slot0.selector, 7);
        return (0, tick, 0, 0, 0, 0, true);
    }

    function liquidity() external view returns (uint128) {
        _respond(this.liquidity.selector, 1);
        return _inRange;
    }

    function tickBitmap(int16 word) external view returns (uint256) {
        _respond(this.tickBitmap.selector, 1);
        return _bitmap[word];
    }

    function ticks(int24 place) external view returns (Tick memory answer) {
        _respond(this.ticks.selector, 8);
        bool contrary = _manner == Manner.CONTRARY && _question == this.ticks.selector;
        answer.liquidityGross = _gross[place];
        answer.liquidityNet = contrary ? -_net[place] : _net[place];
        answer.initialized = _gross[place] != 0;
    }

    function _change(int24 place, uint128 gross, int128 net) private {
        _gross[place] += gross;
        _net[place] += net;
        int24 step = place / SPACING;
        // Both ends of two positions may meet; then the tick stays initialised, whatever it adds.
        _bitmap[int16(step >> 8)] |= 1 << uint8(uint24(step & 255));
    }

    function _respond(bytes4 question, uint256 words) private view {
        if (question != _question) return;
        if (_manner == Manner.REVERT) revert Refused();
        if (_manner == Manner.BURN) while (true) {}
        if (_manner == Manner.SHORT) _return(words * 32 > 160 ? 159 : words * 32 - 1, 0);
        if (_manner == Manner.NONSENSE) _return(words * 32, type(uint256).max >> 1);
    }

    function _return(uint256 size, uint256 word) private pure {
        assembly ("memory-safe") {
            let free := mload(0x40)
            for {
                let offset := 0
            } lt(offset, size) {
                offset := add(offset, 32)
            } {
                mstore(add(free, offset), word)
            }
            return(free, size)
        }
    }
}
