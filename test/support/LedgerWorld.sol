// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClearingHouse} from "../../contracts/ClearingHouse.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {IDeleveragingPolicy} from "../../contracts/interfaces/IDeleveragingPolicy.sol";
import {FixedMath} from "../../contracts/libraries/FixedMath.sol";
import {TestToken} from "../../contracts/test/TestToken.sol";
import {Account, Health} from "../../contracts/types/Account.sol";
import {FeeSplit, Module} from "../../contracts/types/Ledger.sol";
import {DeficitMode, Deleveraging, MarketConfig, MarketState, MarketStatus} from "../../contracts/types/Market.sol";
import {SpotAsset} from "../../contracts/types/SpotAsset.sol";
import {Fill, Trade} from "../../contracts/types/Trade.sol";
import {Tranche} from "../../contracts/types/Tranche.sol";
import {OpenAuthority} from "./OpenAuthority.sol";
import {SettableMarkPrice} from "./SettableMarkPrice.sol";

/// @title A ledger of its own, with the world around it
/// @notice Owns every account and is the order book, the liquidation engine and the authority at once, so that a test can do to
/// the ledger whatever those could. A second one beside it gives a copy to compare with.
contract LedgerWorld {
    /// @notice All money and all size of a ledger, with positions valued at mark. Quote and base, WAD.
    struct Books {
        int256 tokens;
        int256 claims;
        int256 debts;
        int256 fees;
        int256 loss;
        int256 surplus;
        uint256 long;
        uint256 short;
        uint256 longInterest;
        uint256 shortInterest;
    }

    uint8 internal constant MARKET = 0;
    uint8 internal constant SPOT = 0;

    /// @notice The premium at which funding is nil: the clamp takes exactly as much as the interest adds.
    int256 public constant NO_FUNDING = -0.0005e18;

    /// @notice Cash every account starts with, quote, WAD.
    uint256 public constant STAKE = 1e9 * 1e18;

    ClearingHouse public immutable house;
    TestToken public immutable quote;
    TestToken public immutable base;
    SettableMarkPrice public immutable prices;

    uint32 public immutable accounts;

    /// @notice The price the world began with. Quote per base, WAD.
    uint256 public immutable start;

    uint32 public immutable treasury;

    /// @notice Tokens the world put into the ledger and took out of it, in WAD.
    uint256 public deposited;
    uint256 public withdrawn;

    /// @param traders accounts 1 to this number trade; three more take the fees
    constructor(uint8 traders, IDeleveragingPolicy policy, uint256 price) {
        quote = new TestToken("Quote", "QUOTE", 6);
        base = new TestToken("Base", "BASE", 18);
        prices = new SettableMarkPrice();
        prices.set(MARKET, price, NO_FUNDING);
        house = new ClearingHouse(address(quote), address(new OpenAuthority()));
        house.setModule(address(this), Module.BOOK);
        house.setMarkPrice(prices);
        house.listMarket(MARKET, configWith(policy));
        house.listSpotAsset(SPOT, SpotAsset(address(base), 18, MARKET, 100_000, 50_000));
        accounts = traders;
        start = price;
        for (uint256 i; i < uint256(traders) + 3; ++i) house.openAccount(uint8(i));
        treasury = traders + 3;
        house.setFeeSplit(FeeSplit(traders + 1, traders + 2, treasury, 300_000, 200_000));
        quote.mint(address(this), type(uint128).max);
        base.mint(address(this), type(uint128).max);
        quote.approve(address(house), type(uint256).max);
        base.approve(address(house), type(uint256).max);
        for (uint32 account = 1; account <= traders; ++account) deposit(account, STAKE / 1e12);
    }

    // ---- the authority -----------------------------------------------------------------------------------------------

    function setPolicy(IDeleveragingPolicy policy) external {
        house.setMarket(MARKET, configWith(policy));
    }

    function setConfig(MarketConfig calldata config) external {
        house.setMarket(MARKET, config);
    }

    /// @notice No fees, no maturity, wide caps: what a test of the arithmetic wants unless it says otherwise.
    function configWith(IDeleveragingPolicy policy) public pure returns (MarketConfig memory) {
        return
            MarketConfig({
                status: MarketStatus.ACTIVE,
                initialMarginRate: 100_000,
                makerFee: 0,
                takerFee: 0,
                liquidationFee: 0,
                backstopThreshold: 666_667,
                maturity: 0,
                keptRate: 200_000,
                deficitMode: DeficitMode.ALL_WINNERS,
                deleveraging: Deleveraging.TRANCHES,
                spotAsset: SPOT + 1,
                minimumNotional: 0,
                hedgedMaintenance: 10_000,
                refreshReward: 0,
                openInterestLow: type(uint96).max - 1,
                openInterestHigh: type(uint96).max,
                openInterestCap: type(uint96).max,
                policy: policy
            });
    }

    // ---- what traders do ---------------------------------------------------------------------------------------------

    function deposit(uint32 account, uint256 tokens) public {
        house.deposit(account, tokens);
        deposited += tokens * 1e12;
    }

    function withdraw(uint32 account, uint256 tokens) external returns (uint256 paid) {
        paid = house.withdraw(account, tokens, address(this));
        withdrawn += paid * 1e12;
    }

    function transfer(uint32 from, uint32 to, uint256 amount) external {
        house.transfer(from, to, amount);
    }

    function depositSpot(uint32 account, uint256 amount) external {
        house.depositSpot(account, SPOT, amount);
    }

    function withdrawSpot(uint32 account, uint256 amount) external {
        house.withdrawSpot(account, SPOT, amount, address(this));
    }

    function closeDust(uint32 account) external {
        house.closeDust(account, MARKET);
    }

    /// @notice One resting order of `maker` met in full by `taker`. Reverts if the ledger refuses either.
    function trade(uint32 taker, uint32 maker, bool buy, uint96 size, uint128 price) public {
        require(_trade(taker, maker, buy, false, size, price) == 0, "maker rejected");
    }

    function reduce(uint32 taker, uint32 maker, bool buy, uint96 size, uint128 price) external {
        require(_trade(taker, maker, buy, true, size, price) == 0, "maker rejected");
    }

    function poke(uint32 account) public {
        house.poke(account, MARKET);
    }

    // ---- what the engine does ----------------------------------------------------------------------------------------

    function deleverage(
        uint32 account,
        int256 size,
        uint256 price,
        uint256 deficit
    ) external returns (IClearingHouse.Deleveraged memory result) {
        house.setModule(address(this), Module.ENGINE);
        result = house.deleverage(account, MARKET, size, price, deficit, 64);
        house.setModule(address(this), Module.BOOK);
    }

    function closeAtMark(uint32 account, uint256 size) external returns (uint256 closed) {
        house.setModule(address(this), Module.ENGINE);
        closed = house.closeAtMark(account, MARKET, size, 64);
        house.setModule(address(this), Module.BOOK);
    }

    function transferPosition(uint32 from, uint32 to, int256 size, uint256 price, uint256 cash) external {
        house.setModule(address(this), Module.ENGINE);
        house.transferPosition(from, to, MARKET, size, price, cash, false);
        house.setModule(address(this), Module.BOOK);
    }

    function transferCash(uint32 from, uint32 to, uint256 amount) external {
        house.setModule(address(this), Module.ENGINE);
        house.transferCash(from, to, amount);
        house.setModule(address(this), Module.BOOK);
    }

    function socialiseLoss(uint32 account) external returns (uint256 loss) {
        house.setModule(address(this), Module.ENGINE);
        loss = house.socialiseLoss(account);
        house.setModule(address(this), Module.BOOK);
    }

    function sellSpot(uint32 account, uint32 buyer, uint256 amount) external returns (uint256 paid) {
        house.setModule(address(this), Module.ENGINE);
        paid = house.sellSpot(account, buyer, SPOT, amount, 50_000);
        house.setModule(address(this), Module.BOOK);
    }

    // ---- prices ------------------------------------------------------------------------------------------------------

    /// @notice Moves the price; funding up to now is accrued at the old premium first.
    function setPrice(uint256 price, int256 premium) external {
        poke(treasury);
        prices.set(MARKET, price, premium);
    }

    function mark() public view returns (uint256) {
        return prices.peek(MARKET).mark;
    }

    /// @notice The size that a stake carries about three times over at the price the world began with. Base, WAD.
    function notional() external view returns (uint256) {
        return (3 * STAKE * 1e18) / start;
    }

    // ---- measures ----------------------------------------------------------------------------------------------------

    function sizeOf(uint32 account) public view returns (int256) {
        return house.positionOf(account, MARKET).size;
    }

    function positionOf(uint32 account) public view returns (IClearingHouse.PositionView memory) {
        return house.positionOf(account, MARKET);
    }

    /// @notice Cash, pending settlement and unrealised profit, without spot. Quote, WAD.
    function equityOf(uint32 account) public view returns (int256) {
        IClearingHouse.PositionView memory held = house.positionOf(account, MARKET);
        int256 profit = FixedMath.signedWadDown(held.size, int256(mark())) + held.quote;
        return house.accountData(account).cash + held.pending + profit;
    }

    /// @notice Settled cash and what touching the position would add. Quote, WAD.
    function cashOf(uint32 account) public view returns (int256) {
        return house.health(account).cash;
    }

    /// @notice Unrealised profit at mark, rounded down. Quote, WAD.
    function profitOf(uint32 account) public view returns (int256) {
        return equityOf(account) - cashOf(account);
    }

    /// @notice The ledger's books with every position valued at mark. Quote and base, WAD.
    /// @return sums `surplus` is what the ledger holds beyond all it owes: dust that P3 wants never below zero
    function books() public view returns (Books memory sums) {
        sums.fees = int256(house.feesAccrued());
        for (uint32 account = 1; account <= treasury; ++account) {
            int256 equity = equityOf(account);
            if (equity > 0) sums.claims += equity;
            else sums.debts -= equity;
            int256 size = sizeOf(account);
            if (size > 0) sums.long += uint256(size);
            else sums.short += uint256(-size);
        }
        sums.tokens = int256(quote.balanceOf(address(house)) * 1e12);
        sums.loss = int256(house.socialisedLoss());
        sums.surplus = sums.tokens + sums.loss + sums.debts - sums.claims - sums.fees;
        MarketState memory state = house.marketState(MARKET);
        sums.longInterest = state.longOpenInterest;
        sums.shortInterest = state.shortOpenInterest;
    }

    /// @notice Funding one unit of long base has paid since listing, quote, WAD.
    function fundingPaid() external view returns (int256) {
        return house.marketState(MARKET).fundingIndex / 1e9;
    }

    function tranche(uint16 key, uint16 generation) external view returns (Tranche memory) {
        return house.tranche(MARKET, key, generation);
    }

    function keys(bool short) external view returns (uint16[] memory) {
        return house.trancheKeys(MARKET, short, 0, 64);
    }

    function _trade(
        uint32 taker,
        uint32 maker,
        bool buy,
        bool reduceOnly,
        uint96 size,
        uint128 price
    ) private returns (uint256) {
        uint32 epoch = house.reserve(maker, MARKET, buy ? 0 : size, buy ? size : 0, address(this));
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(maker, epoch, false, price, size, size);
        return house.settle(Trade(MARKET, taker, address(this), buy, reduceOnly, false, fills));
    }
}
