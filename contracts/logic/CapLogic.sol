// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpenInterestCaps} from "../interfaces/IOpenInterestCaps.sol";
import {FixedMath} from "../libraries/FixedMath.sol";
import {Ledger} from "../types/Ledger.sol";
import {MarketState, MarketStatus} from "../types/Market.sol";
import {ReservationLogic} from "./ReservationLogic.sol";

/// @title The open-interest cap that is in force
/// @notice Mechanism section 5: min(static cap, what IOpenInterestCaps says), kept where a trade reads open interest anyway.
library CapLogic {
    /// @notice Open interest, and the cap that it would pass. Base, WAD.
    error OpenInterestCapExceeded(uint8 market, uint256 openInterest, uint256 cap);

    /// @notice The cap in force has changed. Base, WAD.
    event OpenInterestCapChanged(uint8 indexed market, uint256 cap);
    /// @notice What bounds open interest beside the static caps has changed; zero for nothing.
    event OpenInterestCapsSet(address indexed caps);

    /// @dev An opening trade computes the cap anew if it is older than this.
    uint256 internal constant LIFETIME = 1 minutes;

    /// @dev `MarketState.cap` counts in billionths of a base unit.
    uint256 internal constant UNIT = 1e9;

    /// @dev `MarketState.cappedAt` of a cap that nothing but the market's parameters decides.
    uint32 internal constant STATIC = type(uint32).max;

    /// @dev Markets there can be.
    uint256 private constant MARKETS = 16;

    /// @notice Names what bounds open interest; the next opening trade of each market asks it.
    function setCaps(Ledger storage ledger, IOpenInterestCaps caps) internal {
        ledger.caps = caps;
        emit OpenInterestCapsSet(address(caps));
        for (uint256 market; market < MARKETS; ++market) {
            if (ledger.configs[uint8(market)].status != MarketStatus.UNLISTED) reset(ledger, uint8(market));
        }
    }

    /// @notice Puts a market's cap back to the static one, to be computed anew at the next chance.
    function reset(Ledger storage ledger, uint8 market) internal {
        _write(ledger, market, ledger.configs[market].openInterestCap);
        ledger.states[market].cappedAt = address(ledger.caps) == address(0) ? STATIC : 0;
    }

    /// @notice Computes a market's cap anew.
    function refresh(Ledger storage ledger, uint8 market) internal {
        if (ledger.configs[market].status == MarketStatus.UNLISTED) revert ReservationLogic.UnknownMarket(market);
        if (address(ledger.caps) == address(0)) return;
        uint256 cap = FixedMath.min(ledger.configs[market].openInterestCap, ledger.caps.refresh(market));
        ledger.states[market].cappedAt = uint32(block.timestamp);
        _write(ledger, market, cap);
    }

    /// @notice Reverts if open interest, grown by `growth`, would pass the cap.
    function requireRoom(Ledger storage ledger, uint8 market, uint256 growth) internal {
        MarketState storage state = ledger.states[market];
        uint256 cappedAt = state.cappedAt;
        if (block.timestamp > cappedAt + LIFETIME) refresh(ledger, market);
        uint256 openInterest = state.longOpenInterest + growth;
        uint256 cap = uint256(state.cap) * UNIT;
        if (openInterest > cap) revert OpenInterestCapExceeded(market, openInterest, cap);
    }

    function _write(Ledger storage ledger, uint8 market, uint256 cap) private {
        uint64 units = uint64(FixedMath.min(cap / UNIT, type(uint64).max));
        if (units == ledger.states[market].cap) return;
        ledger.states[market].cap = units;
        emit OpenInterestCapChanged(market, units * UNIT);
    }
}
